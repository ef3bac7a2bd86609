using System.Net.Security;
using System.Text;

namespace SafetyCenter.Tests.Support;

public sealed partial class SmtpSink
{
    /// <summary>One connection, seen from the server. Only CRLF ends a line, so that a lone CR or LF shows.</summary>
    private sealed class Session(SmtpSink sink, Stream connection) : IDisposable
    {
        private readonly byte[] _buffer = new byte[8192];
        private Stream _stream = connection;
        private int _start;
        private int _end;
        private string _sender = "";
        private List<string> _recipients = [];
        private string? _user;

        private bool IsEncrypted => _stream is SslStream;

        public async Task RunAsync(CancellationToken stop)
        {
            if (sink.IsTlsImplicit)
            {
                await EncryptAsync(stop);
            }

            if (!await AnswerAsync(SmtpSinkStep.Greeting, "", "220 sink.test ESMTP", stop))
            {
                return;
            }

            while (await ReadLineAsync(stop) is { } line)
            {
                sink._commands.Enqueue(line);
                if (!await ObeyAsync(line, stop))
                {
                    return;
                }
            }
        }

        public void Dispose() => _stream.Dispose();

        private async Task<bool> ObeyAsync(string line, CancellationToken stop)
        {
            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO" when sink.IsHelloOnly:
                    await WriteAsync("502 5.5.1 what is EHLO?", stop);
                    break;
                case "EHLO":
                    await AnswerAsync(SmtpSinkStep.Hello, line, Extensions(), stop);
                    break;
                case "HELO":
                    await AnswerAsync(SmtpSinkStep.Hello, line, "250 sink.test", stop);
                    break;
                case "STARTTLS":
                    var go = "220 2.0.0 go ahead" + sink.InjectedAfterStartTls;
                    if (await AnswerAsync(SmtpSinkStep.StartTls, line, go, stop))
                    {
                        await EncryptAsync(stop);
                    }

                    break;
                case "AUTH":
                    await AuthenticateAsync(line, stop);
                    break;
                case "MAIL" when sink.Account is not null && _user is null:
                    await WriteAsync("530 5.7.0 sign in first", stop);
                    break;
                case "MAIL":
                    if (await AnswerAsync(SmtpSinkStep.Mail, line, "250 2.1.0 ok", stop))
                    {
                        (_sender, _recipients) = (AddressIn(line), []);
                    }

                    break;
                case "RCPT":
                    if (await AnswerAsync(SmtpSinkStep.Recipient, line, "250 2.1.5 ok", stop))
                    {
                        _recipients.Add(AddressIn(line));
                    }

                    break;
                case "DATA":
                    return await ReceiveAsync(line, stop);
                case "QUIT":
                    await AnswerAsync(SmtpSinkStep.Quit, line, "221 2.0.0 bye", stop);
                    return false;
                default:
                    await WriteAsync("500 5.5.1 unknown command", stop);
                    break;
            }

            return true;
        }

        private string Extensions()
        {
            List<string> lines = ["sink.test greets you", "PIPELINING", .. sink.ExtraExtensions];
            if (sink.Certificate is not null && !IsEncrypted)
            {
                lines.Add("STARTTLS");
            }

            if (sink.Account is not null && (IsEncrypted || sink.OffersAuthenticationInTheClear))
            {
                lines.Add($"AUTH {sink.Mechanisms}");
            }

            if (sink.MaximumSize > 0)
            {
                lines.Add($"SIZE {sink.MaximumSize}");
            }

            return string.Join("\r\n", lines.Select((text, i) => $"250{(i == lines.Count - 1 ? ' ' : '-')}{text}"));
        }

        private async Task AuthenticateAsync(string line, CancellationToken stop)
        {
            var words = line.Split(' ');
            string user, password;
            if (words[1] == "PLAIN")
            {
                var response = words.Length == 3 ? words[2] : await ChallengeAsync("334 ", stop);
                var parts = Decoded(response).Split('\0');
                (user, password) = (parts[1], parts[2]);
            }
            else
            {
                user = Decoded(await ChallengeAsync("334 VXNlcm5hbWU6", stop));
                password = Decoded(await ChallengeAsync("334 UGFzc3dvcmQ6", stop));
            }

            if (sink.Account != (user, password))
            {
                await WriteAsync($"535 5.7.8 wrong password {password}", stop);
            }
            else if (await AnswerAsync(SmtpSinkStep.Authentication, line, "235 2.7.0 welcome", stop))
            {
                _user = user;
            }
        }

        private async Task<string> ChallengeAsync(string challenge, CancellationToken stop)
        {
            await WriteAsync(challenge, stop);
            var response = await ReadLineAsync(stop) ?? "";
            sink._commands.Enqueue(response);
            return response;
        }

        private async Task<bool> ReceiveAsync(string command, CancellationToken stop)
        {
            if (!await AnswerAsync(SmtpSinkStep.Data, command, "354 go ahead", stop))
            {
                return true;
            }

            var raw = new StringBuilder();
            string? line;
            while ((line = await ReadLineAsync(stop)) is not null and not ".")
            {
                raw.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
                if (sink.BreaksOffMidData)
                {
                    return false;
                }
            }

            if (line is null)
            {
                return false;
            }

            var mail = new Mail(_sender, _recipients, raw.ToString(), IsEncrypted, _user);
            return await AnswerAsync(
                SmtpSinkStep.EndOfData, raw.ToString(), "250 2.0.0 kept", stop, () => sink._mails.Enqueue(mail));
        }

        private async Task<bool> AnswerAsync(
            SmtpSinkStep step, string line, string reply, CancellationToken stop, Action? accepted = null)
        {
            if (sink.SilentAt == step)
            {
                await Task.Delay(Timeout.Infinite, stop);
            }

            var refusal = sink.RefusalFor(step, line);
            if (refusal is null)
            {
                accepted?.Invoke();
            }

            await WriteAsync(refusal ?? reply, stop);

            // Only after the message is the dialogue the same whether it was accepted or not.
            return refusal is null || step == SmtpSinkStep.EndOfData;
        }

        private async Task EncryptAsync(CancellationToken stop)
        {
            var encrypted = new SslStream(_stream);
            _stream = encrypted;
            (_start, _end) = (0, 0);
            await encrypted.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = sink.Certificate }, stop);
        }

        private async Task WriteAsync(string reply, CancellationToken stop) =>
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\r\n"), stop);

        private async Task<string?> ReadLineAsync(CancellationToken stop)
        {
            var line = new StringBuilder();
            while (line.Length < 2 || line[^2] != '\r' || line[^1] != '\n')
            {
                if (_start == _end)
                {
                    (_start, _end) = (0, await _stream.ReadAsync(_buffer, stop));
                    if (_end == 0)
                    {
                        return null;
                    }
                }

                line.Append((char)_buffer[_start++]);
            }

            return line.ToString(0, line.Length - 2);
        }

        private static string AddressIn(string line) => line[(line.IndexOf('<') + 1)..line.IndexOf('>')];

        private static string Decoded(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }
}
