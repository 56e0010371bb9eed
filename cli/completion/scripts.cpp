#include "completion/scripts.hpp"

namespace godwit::cli {

namespace {

constexpr std::string_view kBash = R"shell(# Completion of godwit for bash: godwit completion bash
_godwit() {
    local line=${COMP_LINE-} words=() word previous='' gap i
    line=${line:0:${COMP_POINT:-0}}
    # bash splits words at = and : as well; they are put together again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]-}
        gap=' '
        if [[ -n ${COMP_LINE-} ]]; then
            gap=${line%%[![:space:]]*}
            line=${line:${#gap}}
            ((i < COMP_CWORD)) || word=$line
            line=${line:${#word}}
        elif [[ $word == [=:]* || $previous == *[=:] ]]; then
            gap=''
        fi
        if [[ -n $gap || $i -eq 0 ]]; then
            words+=("$word")
        else
            words[${#words[@]} - 1]+=$word
        fi
        previous=$word
    done

    # What bash replaces begins behind the last of them.
    local current=${words[${#words[@]} - 1]} breaks=${COMP_WORDBREAKS//[^=:]/} cut=''
    if [[ -n $breaks && $current == *[$breaks]* ]]; then
        cut=${current%"${current##*[$breaks]}"}
    fi

    local program=${words[0]/#\~\//$HOME/} value paths=''
    COMPREPLY=()
    while IFS= read -r value; do
        case $value in
            :files) paths=f ;;
            :folders) paths=d ;;
            *)
                value=${value%%$'\t'*}
                value=${value#"$cut"}
                printf -v value %q "$value"
                COMPREPLY+=("$value")
                ;;
        esac
    done < <("$program" __complete -- "${words[@]:1}" 2> /dev/null)

    if [[ -n $paths ]]; then
        compopt -o filenames 2> /dev/null
        mapfile -t COMPREPLY < <(compgen "-$paths" -- "${current#"$cut"}")
    elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/] ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
complete -F _godwit godwit
)shell";

constexpr std::string_view kZsh = R"shell(#compdef godwit
# Completion of godwit for zsh: godwit completion zsh
_godwit() {
    local line value about paths
    local -a typed closed open
    typed=("${(@Q)words[1,CURRENT-1]}")
    local program=${typed[1]/#\~\//$HOME/}
    for line in "${(@f)$("$program" __complete -- "${(@)typed[2,-1]}" "${(Q)PREFIX}" 2> /dev/null)}"; do
        case $line in
            '') ;;
            :files) paths=files ;;
            :folders) paths=folders ;;
            *)
                value=${line%%$'\t'*} about=${line#*$'\t'}
                value=${value//\\/\\\\}
                value=${value//:/\\:}
                [[ -z $about ]] || value+=:$about
                if [[ ${line%%$'\t'*} == *[=:/] ]]; then open+=("$value"); else closed+=("$value"); fi
                ;;
        esac
    done
    if [[ -n $paths ]]; then
        [[ $PREFIX != --*=* ]] || compset -P '*='
        if [[ $paths == files ]]; then _files; else _files -/; fi
        return
    fi
    local found=1
    if (( $#closed )); then _describe godwit closed && found=0; fi
    if (( $#open )); then _describe godwit open -S '' && found=0; fi
    return $found
}
if [[ ${funcstack[1]-} == _godwit ]]; then
    _godwit "$@"
else
    compdef _godwit godwit
fi
)shell";

constexpr std::string_view kFish = R"shell(# Completion of godwit for fish: godwit completion fish
function __godwit_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    set -l head (string match -r -- '^--[^=]+=' $current)
    set -l path (string replace -r -- '^--[^=]+=' '' $current)
    for line in ($program __complete -- $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                printf '%s\n' "$head"(__fish_complete_path "$path")
            case ':folders'
                printf '%s\n' "$head"(__fish_complete_directories "$path" '')
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c godwit -f -a '(__godwit_complete)'
)shell";

}  // namespace

std::string_view completion_script(std::string_view shell) {
    return shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : std::string_view();
}

}  // namespace godwit::cli
