# Bash completion for plr-resume: options, saved states, jobs.
# SPDX-License-Identifier: MIT
# Use: source docs/completion/plr-resume.bash, or install it as /usr/share/bash-completion/completions/plr-resume

_plr_resume() {
    local cur prev
    local options="--dialect --out --at-byte --at-layer --at-z --split-move --in-place --z-from --lift --prime \
--prime-at --hotend --bed --soften --any-file --careful --json --quiet --help --version"
    COMPREPLY=()
    # '=' breaks words: put --json=FILE together again, as far as it matters here
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    [[ $cur == "=" ]] && cur=
    [[ $prev == "=" && $COMP_CWORD -ge 2 ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    case $prev in
        --dialect) mapfile -t COMPREPLY < <(compgen -W "klipper marlin rrf" -- "$cur"); return ;;
        --z-from) mapfile -t COMPREPLY < <(compgen -W "plus kept at: machine" -- "$cur"); return ;;
        --out | -o | --json) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --at-byte | --at-layer | --at-z | --lift | --prime | --prime-at | --hotend | --bed | --soften) return ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    mapfile -t COMPREPLY < <(
        compgen -f -X '!*.@(json|gcode|gco|g)' -- "$cur"
        compgen -d -S / -- "$cur")
}
complete -o filenames -o nospace -F _plr_resume plr-resume
