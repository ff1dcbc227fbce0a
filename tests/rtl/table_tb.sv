// pol_rule_table against vectors: beats with pauses, commits and discards, answers in their order
// and at their time.  vectors.svh and vectors.hex are table_vectors.c's.
module table_tb #(
    parameter PIPELINE = 0
);
`include "vectors.svh"
    localparam WORDS = (3 + G) * W;  // of an answer, lowest
    localparam FLAGS = OUTPUTS - WORDS - 4 - G;
    logic clk = 0;
    logic rst_n;
    logic [INPUTS+OUTPUTS-1:0] vectors [0:N-1];
    logic [INPUTS+OUTPUTS-1:0] now, due;
    integer taken_at [0:N-1];
    logic in_valid, in_ready, in_first, in_last, is_c, mem_fine, commit, discard;
    logic [31:0] insn;
    logic [W-1:0] pc_tag, ci_tag, ci2_tag, op1_tag, op2_tag, op3_tag, rd_tag, csr_tag;
    logic [G*W-1:0] mem_tag;
    logic [G*BYTES-1:0] byte_mask;
    logic [1:0] pause;
    logic out_valid, out_last, allow;
    logic [1:0] fail_kind, response;
    logic [3:0] cause, written;
    logic [DB-1:0] decider;
    logic [RB-1:0] rule;
    logic [TB-1:0] tag;
    logic [D*RB-1:0] rules;
    logic [PB-1:0] reports;
    logic [D*(TB+6)-1:0] fails;
    logic [W-1:0] pc_out, rd_out, csr_out;
    logic [G*W-1:0] mem_out;
    logic [DOMAINS-1:0] pc_we, rd_we, csr_we;
    logic [G*DOMAINS-1:0] mem_we;

    logic [FLAGS-1:0] flags, want_flags;
    logic [3*W-1:0] words, want_words;
    logic [G*W-1:0] want_mem;
    logic [1:0] want_delay;
    logic want_commit, want_allow;
    logic [G-1:0] lanes;

    assign {in_first, in_last, insn, is_c, pc_tag, ci_tag, ci2_tag, op1_tag, op2_tag, op3_tag, rd_tag,
        csr_tag, mem_tag, byte_mask, mem_fine, pause} = now[INPUTS+OUTPUTS-1:OUTPUTS];
    assign {want_delay, want_commit, want_allow, lanes, want_flags, want_words, want_mem} =
        due[OUTPUTS-1:0];
    assign flags = {allow, fail_kind, cause, decider, rule, tag, response, rules, reports, written, fails, pc_we,
        rd_we, csr_we, mem_we};
    assign words = {pc_out, rd_out, csr_out};
`ifdef RELOAD
    // the memories hold something else at first; load.hex has {address, word} of all of them
    logic load_we;
    logic [LOAD_BITS-1:0] load_address;
    logic [63:0] load_data;
    logic [127:0] loads [0:LOADS-1];
    logic [63:0] load_to;
    assign load_address = load_to[LOAD_BITS-1:0];
`endif
    pol_rule_table #(.GRANULES(G), .PIPELINE(PIPELINE)) dut (.*);

    integer bad, next_in, next_out, waits, hold, idle, cycle;
    logic owed, will_commit;

    task wrong(input [8*20-1:0] what);
        begin
            bad = bad + 1;
            if (bad <= 5)
                $display("beat %0d: %0s\n  flags %h\n  want  %h\n  words %h\n  want  %h\n  mem  %h\n  want %h",
                    next_out, what, flags, want_flags, words, want_words, mem_out, want_mem);
        end
    endtask

    // one answer
    task check;
        begin
            if (cycle != taken_at[next_out] + dut.POL_LATENCY) wrong("time");
            else if (out_last !== due[INPUTS+OUTPUTS-2]) wrong("last");
            else if (out_last && flags !== want_flags) wrong("flags");
            else if (out_last && want_allow && words !== want_words) wrong("words");
            else
                for (int g = 0; g < G; g = g + 1)
                    if (want_allow && lanes[g] && mem_out[g*W +: W] !== want_mem[g*W +: W])
                        wrong("memory");
        end
    endtask

    initial begin
        bad = 0;
        next_in = 0;
        next_out = 0;
        waits = 0;
        hold = 0;
        idle = 0;
        cycle = 0;
        owed = 0;
        will_commit = 0;
        in_valid = 0;
        commit = 0;
        discard = 0;
        rst_n = 0;
        $readmemh("vectors.hex", vectors);
        now = vectors[0];
        due = vectors[0];
`ifdef RELOAD
        $readmemh("load.hex", loads);
        load_we = 1;
        for (int i = 0; i < LOADS; i = i + 1) begin
            {load_to, load_data} = loads[i];
            #1 clk = 1;
            #1 clk = 0;
        end
        load_we = 0;
`endif
        for (int i = 0; i < 3; i = i + 1) begin
            #1 clk = 1;
            #1 clk = 0;
        end
        rst_n = 1;
        now = vectors[0];
        #1 waits = {30'd0, pause};
        while (next_out < N && idle < 200 + 8 * dut.POL_LATENCY) begin
            in_valid = waits == 0 && next_in < N;
            commit = 0;
            discard = 0;
            #1;
            // a combinational unit answers in the cycle in which it is asked
            if (in_valid && in_ready) taken_at[next_in] = cycle;
            if (out_valid) begin
                due = vectors[next_out];
                #1 check();
                if (out_last) begin
                    owed = 1;
                    hold = {30'd0, want_delay};
                    will_commit = want_commit;
                end
                next_out = next_out + 1;
                idle = 0;
            end else idle = idle + 1;
            if (owed && hold == 0) begin
                commit = will_commit;
                discard = !will_commit;
                owed = 0;
            end
            hold = hold - 1;
            #1;
            if (in_valid && in_ready) next_in = next_in + 1;
            if (waits != 0) waits = waits - 1;
            else if (in_valid && in_ready && next_in < N) waits = {30'd0, vectors[next_in][OUTPUTS+1:OUTPUTS]};
            clk = 1;
            #1 clk = 0;
            cycle = cycle + 1;
            if (next_in < N) now = vectors[next_in];
        end
        if (next_out < N) $display("no answer to beat %0d of %0d", next_out, N);
        else if (bad == 0) $display("all %0d agree", N);
        else $display("%0d of %0d differ", bad, N);
        $finish;
    end
endmodule
