using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IamEventSourced.Server.Tests;

/// <summary>All that was logged, with every value that came along.</summary>
sealed class Captured : ILoggerProvider, ILogger
{
    readonly ConcurrentQueue<string> _lines = [];
    public string Text => string.Join('\n', _lines);
    public ILogger CreateLogger(string categoryName) => this;
    public void Dispose() { }
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull { _lines.Enqueue(Said(state, "")); return null; }
    public bool IsEnabled(LogLevel logLevel) => true;
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue($"{Said(state, formatter(state, exception))} {exception}");
    static string Said<TState>(TState state, string text) => state is IEnumerable<KeyValuePair<string, object?>> values ? $"{text} {string.Join(' ', values)}" : $"{text} {state}";
}
