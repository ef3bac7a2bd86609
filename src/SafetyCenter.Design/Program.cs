Console.WriteLine("The start-up project of dotnet ef: see src/README.md, Adding a migration.");
