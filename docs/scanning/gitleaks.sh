#!/bin/sh
# Scans a git history with gitleaks, and sends its report to the SafetyCenter, which matches the keys in it with its own.
# Give it the address, with a reporting token in SAFETYCENTER_TOKEN, and safetycenter.gitleaks.toml beside it:
#   SAFETYCENTER_TOKEN=... docs/scanning/gitleaks.sh https://safety.example.com path/to/repository
set -eu

server=$1
repository=${2:-.}
report=$(mktemp)
trap 'rm -f "$report"' EXIT

code=0
gitleaks git "$repository" --config "$(dirname "$0")/safetycenter.gitleaks.toml" --no-banner \
  --report-format json --report-path "$report" || code=$?

# The token goes in by a file descriptor, and not as an argument that everybody on this machine could read. No --redact:
# a report without the keys cannot say which they are.
if [ "$code" = 1 ]; then
  printf 'Authorization: Bearer %s\n' "$SAFETYCENTER_TOKEN" | curl --fail-with-body --silent --show-error \
    --header @- --header 'Content-Type: application/json' --data-binary "@$report" \
    "$server/api/v2/safety_center/leak_reports/imports"
fi
exit "$code"
