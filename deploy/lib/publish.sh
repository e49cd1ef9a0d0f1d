# The published server and plugin. Sourced after progress.sh, with the repository's folder in $root.
# shellcheck shell=bash disable=SC2154

# Whether a folder holds what the sources make now.
published() { # folder
  [ "$(source_stamp)" = "$(cat "$1/published" 2>/dev/null)" ]
}

# Makes a folder's server/ and bin/, which is the plugin, and notes in `published` what they were made of.
publish_programs() { # folder
  local stamp
  stamp=$(source_stamp)
  rm -rf "${1:?}/published" "${1:?}/server" "${1:?}/bin"
  timed "publishing the gateway" dotnet_publish AccessGateway.Server "$1/server"
  timed "publishing the kubectl plugin (native code)" dotnet_publish AccessGateway.Kubectl "$1/bin"
  echo "$stamp" >"$1/published"
}

# Without -r, which would ask other lock files of the projects it references; and without analyzers, which check every build.
dotnet_publish() { # project, folder
  cd "$root" || return
  umask 022 # build outputs in the work tree are as any build leaves them
  dotnet publish "src/$1" -c Release -o "$2" --nologo --disable-build-servers -p:RestoreLockedMode=true -p:RunAnalyzers=false
}

source_stamp() {
  (cd "$root" && find src web Directory.* global.json .editorconfig BannedSymbols.txt -type f \
    -not -path '*/bin/*' -not -path '*/obj/*' -not -path '*/artifacts/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}
