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
  "Words of policies may have `-', `.' and `_' in them.")
(defvar pol-mode-keywords
  (list
   (cons (concat "\\_<" (regexp-opt '("import" "type" "metadata" "group" "policy" "require" "owns" "param" "response" "test" "prove") t) "\\_>\\(?:[ \t]+all\\)?[ \t]*:")
         '(1 font-lock-preprocessor-face))
   (cons (regexp-opt '("module" "data" "Int" "TagSet" "grp" "global" "fail" "allow" "with" "new" "init" "True" "False" "__NO_CHECKS" "total" "merge" "only" "keep" "respond" "as" "relation" "enum" "lattice" "wrap" "exhaust" "never" "may" "via" "explicit" "implicit") 'symbols)
         'font-lock-keyword-face)
   (cons (regexp-opt '("RD" "RS1" "RS2" "RS3" "CSR" "MEM") 'symbols)
         'font-lock-type-face)
   (cons "\\_<\\(?:x[0-9]+\\|0[xX][0-9A-Fa-f]+\\|[0-9]+\\)\\_>" 'font-lock-constant-face))
  "What stands out in policies.")
;;;###autoload
(define-derived-mode pol-mode prog-mode "Pol"
  "Major mode for policies."
  (setq-local comment-start "// " comment-end "" indent-tabs-mode nil tab-width 4)
  (setq-local font-lock-defaults '(pol-mode-keywords)))
;;;###autoload
(add-to-list 'auto-mode-alist '("\\.\\(?:pol\\|dpl\\)\\'" . pol-mode))
(provide 'pol-mode)
;;; pol-mode.el ends here
