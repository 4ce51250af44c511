namespace IamEventSourced.Server;

/// <summary>AWS's refusals of a request's signature. None tells more than AWS tells; none repeats what was sent.</summary>
static class SignatureErrors
{
    extension(IamError)
    {
        /// <summary>403: the request is not signed at all.</summary>
        public static IamError MissingAuthenticationToken => new("MissingAuthenticationToken", 403, "Request is missing Authentication Token");

        /// <summary>400: what should be a signature is not of the form.</summary>
        public static IamError IncompleteSignature(string message) => new("IncompleteSignature", 400, message);

        /// <summary>403: well-formed, and not this request's.</summary>
        public static IamError SignatureDoesNotMatch(string message =
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.") =>
            new("SignatureDoesNotMatch", 403, message);

        /// <summary>400: over is the time for which it was signed in the query, or, of a message, for which one is taken.</summary>
        public static IamError RequestExpired(string message) => new("RequestExpired", 400, message);

        /// <summary>413: more than <see cref="PlainRequest.MaxBodyBytes"/>.</summary>
        public static IamError RequestEntityTooLarge => new("RequestEntityTooLarge", 413, $"The body is longer than {PlainRequest.MaxBodyBytes} bytes.");

        /// <summary>Null when a signature of this time is of now; else AWS's words for what is wrong. IAM and STS say so as SignatureDoesNotMatch.</summary>
        /// <param name="date">As it was signed.</param>
        /// <param name="signed">The time it stands for.</param>
        /// <param name="past">How long ago it may have been signed.</param>
        /// <param name="now">The time by this node's clock.</param>
        public static string? OutsideWindow(string date, DateTimeOffset signed, TimeSpan past, DateTimeOffset now) =>
            signed < now - past ? $"Signature expired: {date} is now earlier than {SignatureV4.Date(now - past)} ({SignatureV4.Date(now)} - {past.TotalMinutes:0} min.)"
            : signed > now + RequestSignature.Skew ? $"Signature not yet current: {date} is still later than {SignatureV4.Date(now + RequestSignature.Skew)} ({SignatureV4.Date(now)} + {RequestSignature.Skew.TotalMinutes:0} min.)"
            : null;
    }
}
