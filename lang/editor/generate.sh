#!/bin/sh
# Makes the editors' files from lang/keyword.def: lang/editor/generate.sh [FOLDER]
#
#   pol.vim              syntax of Vim: into ~/.vim/syntax, with `au BufNewFile,BufRead *.pol,*.dpl setf pol`
#   pol-mode.el          major mode of Emacs: into the load path, with (require 'pol-mode)
#   pol.tmLanguage.json  TextMate grammar, which Visual Studio Code and others read
#
# Tests compare the files of this folder with what it makes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}

# words CLASS...: the words of these classes, one a line.
words() {
    for class in "$@"; do
        sed -n "s/^KEYWORD([A-Z0-9_]*, \"\([^\"]*\)\", $class, .*/\1/p" "$here/../keyword.def"
    done
}

alternatives() {
    words "$@" | paste -sd '|'
}

quoted() {
    words "$@" | sed 's/.*/"&"/' | paste -sd ' '
}

sections="SECTION POL_SECTION"
# shellcheck disable=SC2086
{
    cat <<VIM
" Vim syntax of Pol and DPL policies. Made from lang/keyword.def by lang/editor/generate.sh.
if exists("b:current_syntax")
    finish
endif
setlocal iskeyword+=-,.
syn keyword polWord $(words WORD | paste -sd ' ')
syn keyword polContext $(words POL_WORD | paste -sd ' ')
syn keyword polSlot $(words SLOT | paste -sd ' ')
syn match polRegister "\<x\([12]\?[0-9]\|3[01]\)\>"
syn match polNumber "\<\(0[xX][0-9A-Fa-f]\+\|[0-9]\+\)\>"
syn match polSection "\<\($(words $sections | paste -sd '|' | sed 's/|/\\|/g')\)\>\ze\(\s\+all\)\?\s*:"
syn region polString start=+"+ skip=+\\\\.+ end=+"+
syn match polComment "//.*\$" contains=polTodo
syn region polComment start="/\*" end="\*/" contains=polComment,polTodo
syn keyword polTodo contained TODO FIXME XXX
hi def link polWord Keyword
hi def link polContext Keyword
hi def link polSection Structure
hi def link polSlot Type
hi def link polRegister Constant
hi def link polNumber Number
hi def link polString String
hi def link polComment Comment
hi def link polTodo Todo
let b:current_syntax = "pol"
VIM
} >"$out/pol.vim"

# shellcheck disable=SC2086
cat >"$out/pol-mode.el" <<EMACS
;;; pol-mode.el --- Pol and DPL policies  -*- lexical-binding: t -*-
;; Made from lang/keyword.def by lang/editor/generate.sh.
(defvar pol-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 124n" table)
    (modify-syntax-entry ?* ". 23bn" table)
    (modify-syntax-entry ?\n ">" table)
    (dolist (c '(?- ?. ?_))
      (modify-syntax-entry c "_" table))
    table)
  "Words of policies may have \`-', \`.' and \`_' in them.")
(defvar pol-mode-keywords
  (list
   (cons (concat "\\\\_<" (regexp-opt '($(quoted $sections)) t) "\\\\_>\\\\(?:[ \t]+all\\\\)?[ \t]*:")
         '(1 font-lock-preprocessor-face))
   (cons (regexp-opt '($(quoted WORD POL_WORD)) 'symbols)
         'font-lock-keyword-face)
   (cons (regexp-opt '($(quoted SLOT)) 'symbols)
         'font-lock-type-face)
   (cons "\\\\_<\\\\(?:x[0-9]+\\\\|0[xX][0-9A-Fa-f]+\\\\|[0-9]+\\\\)\\\\_>" 'font-lock-constant-face))
  "What stands out in policies.")
;;;###autoload
(define-derived-mode pol-mode prog-mode "Pol"
  "Major mode for policies."
  (setq-local comment-start "// " comment-end "" indent-tabs-mode nil tab-width 4)
  (setq-local font-lock-defaults '(pol-mode-keywords)))
;;;###autoload
(add-to-list 'auto-mode-alist '("\\\\.\\\\(?:pol\\\\|dpl\\\\)\\\\'" . pol-mode))
(provide 'pol-mode)
;;; pol-mode.el ends here
EMACS

# rule NAME REGULAR-EXPRESSION
rule() {
    printf '    {"name": "%s", "match": "%s"}' "$1" "$2"
}
not_in_name='(?<![A-Za-z0-9_.-])'
name_ends='(?![A-Za-z0-9_.-])'
# shellcheck disable=SC2086
cat >"$out/pol.tmLanguage.json" <<JSON
{
  "name": "Pol",
  "comment": "Made from lang/keyword.def by lang/editor/generate.sh.",
  "scopeName": "source.pol",
  "fileTypes": ["pol", "dpl"],
  "patterns": [
    {"include": "#comment"},
    {"name": "comment.line.double-slash.pol", "match": "//.*\$"},
    {"name": "string.quoted.double.pol", "begin": "\\"", "end": "\\"",
     "patterns": [{"name": "constant.character.escape.pol", "match": "\\\\\\\\."}]},
$(rule keyword.other.section.pol "$not_in_name($(alternatives $sections))(?=(\\\\s+all)?\\\\s*:)"),
$(rule keyword.control.pol "$not_in_name($(alternatives WORD POL_WORD))$name_ends"),
$(rule storage.type.pol "$not_in_name($(alternatives SLOT))$name_ends"),
$(rule variable.language.register.pol "${not_in_name}x([12]?[0-9]|3[01])$name_ends"),
$(rule constant.numeric.pol "$not_in_name(0[xX][0-9A-Fa-f]+|[0-9]+)$name_ends")
  ],
  "repository": {
    "comment": {"name": "comment.block.pol", "begin": "/\\\\*", "end": "\\\\*/",
                "patterns": [{"include": "#comment"}]}
  }
}
JSON
