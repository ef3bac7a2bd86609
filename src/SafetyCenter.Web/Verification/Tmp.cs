#pragma warning disable
namespace SafetyCenter.Web.Leaks { public static class T2 { public static void AddLeaks(this IServiceCollection s, IConfiguration c){} } }
namespace SafetyCenter.Web.Api { public static class T3 { public static void MapGitHubSecretScanning(this IEndpointRouteBuilder r){} } }
