using System.Text;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Core.OAuth;

/// <summary>Which files are pictures, and nothing else.</summary>
public sealed class PictureTests
{
    private static readonly byte[] Script = Encoding.ASCII.GetBytes("<script>alert(1)</script>");

    [Fact]
    public void PNG_and_JPEG_are_told_by_what_they_hold()
    {
        Assert.Equal("image/png", Picture.MediaTypeOf(Pictures.Png()));
        Assert.Equal("image/png", Picture.MediaTypeOf(Pictures.Png(Picture.SideMax, Picture.SideMax)));
        Assert.Equal("image/jpeg", Picture.MediaTypeOf(Pictures.Jpeg()));
        Assert.Equal("image/jpeg", Picture.MediaTypeOf(Pictures.Jpeg(Picture.SideMax, Picture.SideMax)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>")]
    [InlineData("<!doctype html><script>alert(1)</script>")]
    [InlineData("GIF89a\u0001\0\u0001\0")]
    [InlineData("RIFF\u0004\0\0\0WEBP")]
    [InlineData("BM6")]
    public void Nothing_else_is_one(string file) => Assert.Null(Picture.MediaTypeOf(Encoding.Latin1.GetBytes(file)));

    [Fact]
    public void What_stands_before_or_behind_makes_it_none()
    {
        foreach (var picture in new[] { Pictures.Png(), Pictures.Jpeg() })
        {
            Assert.Null(Picture.MediaTypeOf([.. Script, .. picture]));
            Assert.Null(Picture.MediaTypeOf([.. picture, .. Script]));
            Assert.Null(Picture.MediaTypeOf([.. picture, 0]));
        }
    }

    [Fact]
    public void Cut_anywhere_it_is_none()
    {
        foreach (var picture in new[] { Pictures.Png(), Pictures.Jpeg() })
        {
            for (var length = 0; length < picture.Length; length++)
            {
                Assert.Null(Picture.MediaTypeOf(picture.AsSpan(0, length)));
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(Picture.SideMax + 1, 1)]
    [InlineData(1, Picture.SideMax + 1)]
    [InlineData(65_535, 65_535)]
    public void One_that_would_unfold_to_more_than_a_logo_is_none(int width, int height)
    {
        Assert.Null(Picture.MediaTypeOf(Pictures.Png(width, height)));
        Assert.Null(Picture.MediaTypeOf(Pictures.Jpeg(width, height)));
    }
}
