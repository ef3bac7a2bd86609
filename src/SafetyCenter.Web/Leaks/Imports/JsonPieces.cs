using System.Buffers;
using System.Text.Json;

namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// Reads JSON, one value or several in a row. A text that is too long is thrown away as it comes, and an empty one stands in its
/// place: a reader of reports is told that there was one.
/// </summary>
internal sealed class JsonPieces(ReportBytes bytes, JsonWalk walk) : Pieces(bytes)
{
    // For a separator and the two quotes of an empty text.
    private const int Room = 3;

    private static readonly SearchValues<byte> BetweenValues = SearchValues.Create(" \t\r\n,:"u8);

    private bool _isCut;
    private JsonReaderState _state = new(new JsonReaderOptions { AllowMultipleValues = true });

    /// <inheritdoc />
    protected override bool Walk(Func<bool> isFull)
    {
        var json = new Utf8JsonReader(Rest, IsAtEnd, _state);
        var isEnough = false;
        while (!isEnough && json.Read())
        {
            walk.Take(ref json, _isCut);
            _isCut = false;
            isEnough = isFull();
        }

        Start += (int)json.BytesConsumed;
        _state = json.CurrentState;
        return isEnough;
    }

    /// <inheritdoc />
    protected override async ValueTask ThrowAwayAsync(CancellationToken cancellationToken)
    {
        var (separator, position) = Opening();
        var isEscaped = false;
        while (true)
        {
            while (position < End)
            {
                var offset = isEscaped ? 0 : Buffer.AsSpan(position, End - position).IndexOfAny((byte)'"', (byte)'\\');
                if (offset < 0)
                {
                    break;
                }

                position += offset;
                if (!isEscaped && Buffer[position] == '"')
                {
                    Replace(position, separator);
                    return;
                }

                isEscaped = !isEscaped;
                position++;
            }

            await RefillAsync(Room, cancellationToken);
            position = Room;
            if (IsAtEnd)
            {
                throw new JsonException("The file ends within a text.");
            }
        }
    }

    // What is left begins with a text without an end, perhaps after a separator.
    private (byte Separator, int Position) Opening()
    {
        var quote = Rest.IndexOfAnyExcept(BetweenValues);
        return quote >= 0 && Rest[quote] == '"'
            ? (Rest[..quote].IndexOfAny((byte)',', (byte)':') is >= 0 and var at ? Rest[at] : (byte)' ', Start + quote + 1)
            : throw new JsonException("Only a text may be so long.");
    }

    private void Replace(int closingQuote, byte separator)
    {
        Start = closingQuote + 1 - Room;
        Buffer[Start] = separator;
        Buffer[Start + 1] = (byte)'"';
        _isCut = true;
    }
}
