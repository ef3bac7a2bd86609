using System.Collections;
using System.Text;
using QRCoder;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>A QR code as a drawing of unit squares.</summary>
/// <param name="Size">How many squares it is wide and high, the quiet zone included.</param>
/// <param name="Path">The dark ones, as the path of an SVG.</param>
public sealed record QrCode(int Size, string Path)
{
    /// <summary>Draws a text.</summary>
    public static QrCode Of(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var path = new StringBuilder();
        foreach (var (y, row) in data.ModuleMatrix.Index())
        {
            foreach (var (x, _) in row.Cast<bool>().Index().Where(square => square.Item))
            {
                path.Append(System.Globalization.CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
            }
        }

        return new QrCode(data.ModuleMatrix.Count, path.ToString());
    }
}
