using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

namespace SafetyCenter.Tests.Support;

/// <summary>Keeps every logged line, with its arguments and exceptions, to look for what must not be there.</summary>
public sealed class CollectedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<Line> _lines = new();

    /// <summary>One logged event.</summary>
    /// <param name="Category">Who logged it.</param>
    /// <param name="Level">How bad it is.</param>
    /// <param name="Text">The message, each argument by itself, and the whole exception.</param>
    public sealed record Line(string Category, LogLevel Level, string Text);

    public IReadOnlyList<Line> Lines => [.. _lines];

    /// <summary>Every line in one text.</summary>
    public override string ToString() =>
        string.Join('\n', _lines.Select(line => $"{line.Level} {line.Category}: {line.Text}"));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // What was collected is asked for after the app has ended, too.
    }

    private sealed class Logger(CollectedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var text = new StringBuilder(formatter(state, exception));
            foreach (var (name, value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
            {
                text.Append(' ').Append(name).Append('=').Append(value);
            }

            log._lines.Enqueue(new Line(category, logLevel, text.Append('\n').Append(exception).ToString()));
        }
    }
}
