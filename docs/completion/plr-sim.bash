# Bash completion for plr-sim: verbs, options, scenarios.
# SPDX-License-Identifier: MIT
# Use: source docs/completion/plr-sim.bash, or install it as /usr/share/bash-completion/completions/plr-sim

_plr_sim() {
    local cur prev word verb=run root=. words_of
    local verbs="run check list schema explain printer sweep swarm merge compare diff vcd power-script serve view"
    local run="--seed --seeds --set --json --junit --html --state --trace --vcd --window --no-host --dry-run --view --screenshot --record --at --size --scale --speed --root --quiet --color --plain --help --version"
    local check="--set --root --quiet --color --help --version"
    local printer="--root --from --output --quiet --color --help --version"
    local sweep="--seed --set --json --junit --html --no-host --every --depth --every2 --tear --axes --to --shard --jobs --stop-after --full --csv --root --from --quiet --color --plain --help --version"
    local merge="--json --junit --html --no-host --root --quiet --color --help --version"
    local compare="--json --tolerance --root --quiet --color --help --version"
    local diff="--json --quiet --color --help --version"
    local vcd="--window --output --quiet --color --help --version"
    local power_script="--signal --low-is-on --debounce --begin --off-for --output --color --help --version"
    local swarm="--seed --set --json --junit --no-host --runs --to --jobs --stop-after --csv --root --from --quiet --color --help --version"
    local serve="--seed --set --pty --control --gpio --speed --root --quiet --color --help --version"
    local view="--screenshot --record --at --size --scale --speed --quiet --color --help --version"
    local plain="--root --quiet --color --help --version"
    COMPREPLY=()
    # '=' breaks words: put --json=FILE together again, as far as it matters here
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    [[ $cur == "=" ]] && cur=
    [[ $prev == "=" && $COMP_CWORD -ge 2 ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --root|--seed|--seeds|--set|--json|--junit|--html|--state|--trace|--vcd|--window|--signal|--debounce|--begin|--off-for|--from|--output|-o|--color|--every|--depth|--every2|--axes|--tear|--to|--shard|--jobs|-j|--stop-after|--full|--csv|--tolerance|--runs|--pty|--control|--gpio|--speed|--screenshot|--record|--at|--size|--scale)
                [[ ${COMP_WORDS[i + 1]} == "=" ]] && i=$((i + 1))
                i=$((i + 1))
                [[ $word == --root ]] && root=${COMP_WORDS[i]:-.}
                continue ;;
            -*) continue ;;
        esac
        [[ " $verbs " == *" $word "* ]] && verb=$word
        break
    done
    case $prev in
        --json|--junit|--html|--state|--trace|--vcd|--from|--output|-o|--csv|--pty|--control|--gpio|--screenshot) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --at) mapfile -t COMPREPLY < <(compgen -W "cut cut: resume end event: nv:" -- "$cur"); return ;;
        --root|--record) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --window) mapfile -t COMPREPLY < <(compgen -W "cut cut:" -- "$cur"); return ;;
        --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur"); return ;;
        --every) mapfile -t COMPREPLY < <(compgen -W "nv_write move layer phase event: ms:" -- "$cur"); return ;;
        --depth) mapfile -t COMPREPLY < <(compgen -W "1 2" -- "$cur"); return ;;
        --every2) mapfile -t COMPREPLY < <(compgen -W "phase nv_write layer phase,nv_write phase,nv_write,layer" -- "$cur"); return ;;
        --signal|--debounce|--begin|--off-for|--seed|--seeds|--set|--tear|--to|--shard|--jobs|-j|--stop-after|--full|--tolerance|--runs|--speed|--size|--scale) return ;;
    esac
    if [[ $cur == -* ]]; then
        case $verb in
            run) words_of=$run ;;
            check) words_of=$check ;;
            printer) words_of=$printer ;;
            sweep) words_of=$sweep ;;
            swarm) words_of=$swarm ;;
            merge) words_of=$merge ;;
            compare) words_of=$compare ;;
            diff) words_of=$diff ;;
            vcd) words_of=$vcd ;;
            power-script) words_of=$power_script ;;
            serve) words_of=$serve ;;
            view) words_of=$view ;;
            *) words_of=$plain ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words_of" -- "$cur")
        return
    fi
    case $verb in
        run|check|sweep|serve)
            mapfile -t COMPREPLY < <(
                compgen -f -X '!*.yaml' -- "$cur"
                compgen -d -S / -- "$cur"
                [[ $cur == */* ]] || compgen -G "$root/scenarios/${cur}*.yaml"
                ((COMP_CWORD > 1)) || compgen -W "$verbs" -- "$cur") ;;
        view)
            mapfile -t COMPREPLY < <(
                compgen -f -X '!*.trace' -- "$cur"
                compgen -d -S / -- "$cur") ;;
        merge|compare)
            mapfile -t COMPREPLY < <(
                compgen -f -X '!*.json' -- "$cur"
                compgen -d -S / -- "$cur") ;;
        power-script)
            mapfile -t COMPREPLY < <(
                compgen -f -X '!*.vcd' -- "$cur"
                compgen -d -S / -- "$cur") ;;
        diff|vcd)
            mapfile -t COMPREPLY < <(
                compgen -f -X '!*.trace' -- "$cur"
                compgen -d -S / -- "$cur") ;;
    esac
}
complete -o filenames -o nospace -F _plr_sim plr-sim
