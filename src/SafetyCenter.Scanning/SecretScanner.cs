using System.Text;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>Finds the secrets of one installation in bytes. It owns its buffers, so each worker has one of its own.</summary>
public sealed class SecretScanner(SecretFormat format)
{
    /// <summary>Reads an input to its end and reports each secret; answers how many bytes there were.</summary>
    public long Scan(Stream input, Action<Found> report)
    {
        using var reader = new StreamReader(input, Encoding.Latin1);
        var text = reader.ReadToEnd();
        var position = 0;
        foreach (var secret in format.FindIn(text))
        {
            position = text.IndexOf(secret.Reveal(), position, StringComparison.Ordinal);
            var before = text.AsSpan(0, position);
            report(new Found(
                secret.Kind, before.Count('\n') + 1, position - before.LastIndexOf('\n'), secret.Last4, secret.Hash, "plain"));
            position++;
        }

        return text.Length;
    }
}
