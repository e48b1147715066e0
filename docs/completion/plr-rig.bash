# Bash completion for plr-rig: verbs, options, relays of the bench file.
# SPDX-License-Identifier: MIT
# Use: source docs/completion/plr-rig.bash, or install it as /usr/share/bash-completion/completions/plr-rig

_plr_rig() {
    local cur prev verb word bench=bench.yaml
    local verbs="probe check relay run calibrate watch serve explain schema"
    local options="--bench --arm --for --listen --token-file --skip --set --repeat --vary --stop-after --state --json --junit --html --trace --vcd --lava --root --color --output --quiet --help --version"
    COMPREPLY=()
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -* ]] || { verb=${verb:-$word}; }
        [[ $word == *.yaml ]] && bench=$word
    done
    case $prev in
        --bench | -b | --token-file | --output | -o | --json | --junit | --html | --trace | --vcd | --root | --state) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --for | --listen | --skip | --set | --repeat | --stop-after) return ;;
        --vary) mapfile -t COMPREPLY < <(compgen -W at -- "$cur"); return ;;
        --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur"); return ;;
        relay)
            mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^relays:/,/^[a-z]*:/s/.*name: *\([a-z0-9_]*\).*/\1/p' "$bench" 2> /dev/null)" -- "$cur")
            return
            ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
    elif [[ -z $verb ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
    elif [[ $verb == run || $verb == calibrate ]]; then
        mapfile -t COMPREPLY < <(compgen -f -X '!*.yaml' -- "$cur"; compgen -d -S / -- "$cur")
    elif [[ $verb == relay ]]; then
        mapfile -t COMPREPLY < <(compgen -W "on off get" -- "$cur")
    fi
}
complete -F _plr_rig plr-rig
