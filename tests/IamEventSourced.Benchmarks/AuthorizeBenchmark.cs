namespace IamEventSourced.Benchmarks;
static class AuthorizeBenchmark { public static Task Run(Options options) => Task.CompletedTask; }
static class HttpLoad { public static Task Run(string requests, string port, string connections, string seconds) => Task.CompletedTask; }
