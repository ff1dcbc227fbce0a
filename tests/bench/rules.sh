#!/bin/bash
# A policy with N rules: `tests/bench/rules.sh N`.  An access matrix in the style of compartments:
# code of compartment i may read and write data of compartment j, one rule for each pair.
awk -v n="$1" 'BEGIN {
    side = int(sqrt(n / 2) + 0.999)
    print "module rules" n ":\n\nmetadata:"
    for (i = 0; i < side; i++)
        printf "    Code%d, Data%d%s\n", i, i, i + 1 < side ? "," : ""
    print "\ngroup:"
    print "    grp loadGrp(RS1:addr, MEM:mem -> RD:res)\n        lb\n        lh\n        lw\n        ld"
    print "    grp storeGrp(RS1:addr, RS2:val, MEM:mem -> MEM:mem)\n        sb\n        sh\n        sw\n        sd"
    printf "\npolicy:\n    main =\n"
    k = 0
    for (i = 0; i < side && k < n; i++)
        for (j = 0; j < side && k < n; j++) {
            printf "      %s loadGrp(code == {Code%d}, mem == {Data%d} -> res = {})\n", k ? "^" : " ", i, j
            k++
            if (k < n) {
                printf "      ^ storeGrp(code == {Code%d}, val == {}, mem == {Data%d} -> mem = mem)\n", i, j
                k++
            }
        }
    print "\nrequire:"
    for (i = 0; i < side; i++) {
        printf "    init Sym.code%d {Code%d}\n", i, i
        printf "    init Sym.data%d {Data%d}\n", i, i
    }
}'
