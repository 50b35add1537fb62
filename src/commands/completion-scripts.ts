/** The shells that can be told what comes next. */
export type CompletingShell = "bash" | "zsh" | "fish";

/*
 * All three ask the tool itself (`jobwright __complete SHELL WORDS...`) what may stand where the cursor is, so that they
 * never lag behind it. It answers in lines: first the kind (`:words`, `:files`, `:directories`), then each word, with a
 * tab and what it means where the shell shows that. No word of an answer is ever evaluated.
 */

const BASH = `# bash completion of jobwright. For this session: source <(jobwright completion bash)
# For good: jobwright completion bash > ~/.local/share/bash-completion/completions/jobwright
_jobwright() {
  local program=\${COMP_WORDS[0]/#\\~\\//$HOME/} current=\${COMP_WORDS[COMP_CWORD]} kind="" line
  [[ $current == "=" ]] && current=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <("$program" __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $kind in
    :files) compopt -o default 2>/dev/null || _jobwright_paths -f "$current" ;;
    :directories) compopt -o dirnames 2>/dev/null || _jobwright_paths -d "$current" ;;
  esac
}
_jobwright_paths() {
  local path
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$2")
}
complete -F _jobwright jobwright
`;

const ZSH = `#compdef jobwright
# zsh completion of jobwright. For this session: source <(jobwright completion zsh)
# For good: jobwright completion zsh > a folder of your $fpath, as _jobwright
_jobwright() {
  local line value
  local -a lines values shown
  lines=("\${(@f)$("\${(Q)words[1]}" __complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case \${lines[1]} in
    :files) [[ \${words[CURRENT]} == --*=* ]] && compset -P '*='; _files; return ;;
    :directories) [[ \${words[CURRENT]} == --*=* ]] && compset -P '*='; _files -/; return ;;
  esac
  for line in "\${(@)lines[2,-1]}"; do
    value=\${line%%$'\\t'*}
    values+=("$value")
    if [[ $line == *$'\\t'* ]]; then
      shown+=("\${(r:24:)value}  \${line#*$'\\t'}")
    else
      shown+=("$value")
    fi
  done
  (( \${#values} )) && compadd -l -d shown -- "\${(@)values}"
}
if [[ \${funcstack[1]} == _jobwright ]]; then _jobwright "$@"; else compdef _jobwright jobwright; fi
`;

const FISH = `# fish completion of jobwright. For this session: jobwright completion fish | source
# For good: jobwright completion fish > ~/.config/fish/completions/jobwright.fish
function __jobwright_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    set -l lines ($program __complete fish $words "$current" 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    set -l flag (string match -r '^--[^=]*=' -- "$current")
    set -l path (string replace -r '^--[^=]*=' '' -- "$current")
    switch "$kind"
        case :files
            for each in (__fish_complete_path "$path")
                echo "$flag$each"
            end
        case :directories
            for each in (__fish_complete_directories "$path")
                echo "$flag$each"
            end
        case '*'
            for each in $lines
                echo $each
            end
    end
end
complete -c jobwright -f -a '(__jobwright_complete)'
`;

/** The script of each shell. */
export const SCRIPTS: Readonly<Record<CompletingShell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
