" Vim syntax of Pol and DPL policies. Made from lang/keyword.def by lang/editor/generate.sh.
if exists("b:current_syntax")
    finish
endif
setlocal iskeyword+=-,.
syn keyword polWord module data Int TagSet grp global fail allow with new init True False __NO_CHECKS
syn keyword polContext total merge only keep respond as relation enum lattice wrap exhaust never may via explicit implicit
syn keyword polSlot RD RS1 RS2 RS3 CSR MEM
syn match polRegister "\<x\([12]\?[0-9]\|3[01]\)\>"
syn match polNumber "\<\(0[xX][0-9A-Fa-f]\+\|[0-9]\+\)\>"
syn match polSection "\<\(import\|type\|metadata\|group\|policy\|require\|owns\|param\|response\|test\|prove\)\>\ze\(\s\+all\)\?\s*:"
syn region polString start=+"+ skip=+\\.+ end=+"+
syn match polComment "//.*$" contains=polTodo
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
