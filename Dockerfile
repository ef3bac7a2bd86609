# Builds SafetyCenter and leaves a small image that runs it as an ordinary user. Needs a PostgreSQL: see docker-compose.yml.

FROM node:22-bookworm-slim AS node

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# The build brings the style sheet with npm. Node.js is copied as its makers publish it, so no package source is added.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source

# First what names the packages: as long as it stays the same, so does this layer.
COPY global.json Directory.Build.props .editorconfig ./
COPY src/Directory.Packages.props src/
COPY src/SafetyCenter.Core/SafetyCenter.Core.csproj src/SafetyCenter.Core/
COPY src/SafetyCenter.Scanning/SafetyCenter.Scanning.csproj src/SafetyCenter.Scanning/
COPY src/SafetyCenter.Web/SafetyCenter.Web.csproj src/SafetyCenter.Web/
RUN dotnet restore src/SafetyCenter.Web
COPY src/SafetyCenter.Web/package.json src/SafetyCenter.Web/package-lock.json src/SafetyCenter.Web/.npmrc src/SafetyCenter.Web/
RUN dotnet msbuild src/SafetyCenter.Web -target:InstallNpmPackages

COPY src/ src/
RUN dotnet publish src/SafetyCenter.Web --no-restore --configuration Release --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# Watched repositories are fetched and read by git.
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app .

# What the program writes of its own accord (letters, when no mail server is set) goes here, and nowhere else.
RUN install --directory --owner="$APP_UID" --mode=0700 /data
ENV Data__Folder=/data
VOLUME /data

# An account that the base image has, without a password and without a home that matters.
USER $APP_UID
# The base image names its port in a second variable, which would only be warned about.
ENV ASPNETCORE_URLS=http://+:8080 ASPNETCORE_HTTP_PORTS=
EXPOSE 8080

# The image has no curl; the program asks itself whether it is ready, and ends with 0 or 1.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["dotnet", "SafetyCenter.Web.dll", "health"]
ENTRYPOINT ["dotnet", "SafetyCenter.Web.dll"]
