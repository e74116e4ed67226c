#!/bin/sh
# Prints the home of a JDK 25 or newer, for ./mvnw and ./adjoint.
#
# JAVA_HOME comes first, then the java on PATH, then the lowest suitable version in the usual folders. A JDK's version
# is read from its file "release", so that no JVM is started. ADJOINT_JDK_FOLDERS, colon-separated, replaces the usual
# folders. Without a suitable JDK the answer is what was found where, on standard error, and status 1.
set -u

needed=25
home=${HOME:-/nowhere}
folders=${ADJOINT_JDK_FOLDERS:-/usr/lib/jvm:/usr/lib64/jvm:/usr/java:/opt:/opt/java:/usr/local:$home/.sdkman/candidates/java:$home/.jdks:$home/.gradle/jdks:$home/.local/share/mise/installs/java:$home/.asdf/installs/java:/Library/Java/JavaVirtualMachines:$home/Library/Java/JavaVirtualMachines:/opt/homebrew/opt:/usr/local/opt:/home/linuxbrew/.linuxbrew/opt}

found=
best=
best_major=

# The version in the file "release" of the JDK in $1: 25.0.1, or 1.8.0_392 of old.
version_of() {
    sed -n 's/^JAVA_VERSION="\(.*\)".*/\1/p' "$1/release" 2>/dev/null
}

major_of() {
    plain=${1#1.}
    printf '%s\n' "${plain%%[!0-9]*}"
}

# Notes the JDK in $2, known from $1; true if it will do.
suits() {
    jdk=$(cd -P "$2" 2>/dev/null && pwd) || {
        note "$1" "$2" "no such folder"
        return 1
    }
    version=$(version_of "$jdk")
    if [ -z "$version" ]; then
        note "$1" "$jdk" "not a JDK: no version in the file \"release\""
        return 1
    fi
    major=$(major_of "$version")
    if [ ! -x "$jdk/bin/javac" ]; then
        note "$1" "$jdk" "$version, without a compiler"
        return 1
    fi
    note "$1" "$jdk" "$version"
    [ "${major:-0}" -ge "$needed" ]
}

note() {
    case $found in
        *"$2: "*) ;;
        *) found="$found  $1$2: $3
" ;;
    esac
}

# The file a chain of links ends at.
resolve() {
    file=$1
    while [ -L "$file" ]; do
        link=$(readlink "$file")
        case $link in
            /*) file=$link ;;
            *) file=${file%/*}/$link ;;
        esac
    done
    printf '%s\n' "$file"
}

if [ -n "${JAVA_HOME:-}" ] && suits "JAVA_HOME " "$JAVA_HOME"; then
    printf '%s\n' "$jdk"
    exit 0
fi

java=$(command -v java 2>/dev/null) || java=
if [ -n "$java" ]; then
    java=$(resolve "$java")
    bin=${java%/*}
    if suits "PATH " "${bin%/*}"; then
        printf '%s\n' "$jdk"
        exit 0
    fi
fi

IFS=:
set -f
# Split at the colons only.
# shellcheck disable=SC2086
set -- $folders
set +f
unset IFS
for folder; do
    for candidate in "$folder" "$folder"/* "$folder"/*/Contents/Home "$folder"/*/libexec/openjdk.jdk/Contents/Home; do
        [ -f "$candidate/release" ] || continue
        if suits "" "$candidate" && { [ -z "$best" ] || [ "$major" -lt "$best_major" ]; }; then
            best=$jdk
            best_major=$major
        fi
    done
done
if [ -n "$best" ]; then
    printf '%s\n' "$best"
    exit 0
fi

{
    printf 'Adjoint needs a JDK %s or newer, and none was found.\n' "$needed"
    if [ -n "$found" ]; then
        printf 'Found:\n%s' "$found"
    fi
    printf 'Looked at JAVA_HOME%s, the java on PATH%s, and in:\n' \
        "$([ -n "${JAVA_HOME:-}" ] || echo ' (not set)')" "$([ -n "$java" ] || echo ' (none)')"
    for folder; do
        printf '  %s\n' "$folder"
    done
    cat <<END
To get one: https://adoptium.net/temurin/releases/?version=$needed
  or with a package manager, e.g.: apt install openjdk-$needed-jdk, dnf install java-$needed-openjdk-devel,
  brew install openjdk@$needed, sdk install java $needed-tem. Then start again, or set JAVA_HOME to it.
END
} >&2
exit 1
