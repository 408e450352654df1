#!/bin/bash
# ctx: asks the worker about the operation this runs in, and tells it what came of it. The words of the command line are
# sent as they are, each ended by NUL; the worker reads the options, and answers with the text to print.
LC_ALL=C

fail() {
  printf '%s\n' "ctx: $1" >&2
  exit 1
}

timeout=30
url=${CTX_SOCKET_URL-}
words=("$@")
while (($#)); do
  case $1 in
    -t | --timeout) timeout=${2-} && shift ;;
    --timeout=*) timeout=${1#*=} ;;
    --socket-url) url=${2-} && shift ;;
    --socket-url=*) url=${1#*=} ;;
    --json-arg-prefix) shift ;;
    --json-arg-prefix=* | -j | --json-output) ;;
    *) break ;;
  esac
  shift
done

[[ -n $url ]] || fail 'CTX_SOCKET_URL is not set: this runs outside of an operation, or without a ctx proxy'
[[ $timeout =~ ^[0-9]+([.][0-9]+)?$ ]] || fail 'the timeout is not a number of seconds'
[[ $url =~ ^http://([A-Za-z0-9.-]+):([0-9]+)(/.*)?$ ]] || fail 'the socket URL is not of the form http://host:port/path'
host=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]} path=${BASH_REMATCH[3]-}

{ exec 3<>"/dev/tcp/$host/$port"; } 2>/dev/null || fail 'the worker does not answer'
length=0
for word in "${words[@]}"; do length=$((length + ${#word} + 1)); done
{
  printf 'POST %s/cli HTTP/1.1\r\nHost: ctx\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' "${path%/}" "$length"
  ((${#words[@]} == 0)) || printf '%s\0' "${words[@]}"
} >&3 || fail 'the worker does not listen'

IFS= read -r -t "$timeout" -u 3 line || fail "the worker did not answer within $timeout seconds"
case $line in
  *' 200 '*) ;;
  *' 413 '*) fail 'the call is too large' ;;
  *) fail 'the operation of this URL is over, or never was' ;;
esac
status=1
while IFS= read -r -t "$timeout" -u 3 line; do
  line=${line%$'\r'}
  [[ -n $line ]] || break
  [[ $line == x-exit:* ]] && status=${line#*: }
done
if [[ $status == 0 ]]; then
  exec cat <&3
fi
cat <&3 >&2
exit 1
