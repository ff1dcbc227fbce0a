// pol_step against vectors: one each cycle.  VECTORS names the files of step_vectors.c.
module step_tb #(
    parameter PIPELINE = 0
);
`include "vectors.svh"
    logic clk = 0;
    logic [INPUTS+OUTPUTS-1:0] vectors [0:N-1];
    logic [INPUTS+OUTPUTS-1:0] now;
    logic [OUTPUTS-1:0] answer, wanted;
    logic [31:0] insn;
    logic [W-1:0] env, code, op1, op2, op3, mem, rd_old, csr_old;
    logic [CB-1:0] counters;
    logic [1:0] verdict, response;
    logic [3:0] cause, written;
    logic [DB-1:0] decider;
    logic [RB-1:0] rule;
    logic [TB-1:0] tag;
    logic [D*RB-1:0] rules;
    logic [PB-1:0] reports;
    logic [W-1:0] env_out, rd_out, csr_out, mem_out;
    logic [DOMAINS-1:0] env_we, rd_we, csr_we, mem_we;
    logic [UB-1:0] used;
    logic [D*(TB+6)-1:0] fails;

    assign {insn, env, code, op1, op2, op3, mem, rd_old, csr_old, counters} =
        now[INPUTS+OUTPUTS-1:OUTPUTS];
    pol_step #(.PIPELINE(PIPELINE)) dut (.*);
    assign answer = {verdict, cause, decider, rule, tag, response, rules, reports, written, env_out, rd_out,
        csr_out, mem_out, env_we, rd_we, csr_we, mem_we, used, fails};

    integer bad;

    task check(input integer which);
        begin
            wanted = vectors[which][OUTPUTS-1:0];
            if (answer !== wanted) begin
                bad = bad + 1;
                if (bad <= 5)
                    $display("vector %0d:\n  got  %h\n  want %h\n  diff %h", which, answer, wanted,
                        answer ^ wanted);
            end
        end
    endtask

    task tick;
        begin
            clk = 1;
            #1 clk = 0;
            #1;
        end
    endtask

    initial begin
        bad = 0;
        $readmemh("vectors.hex", vectors);
        if (COUNTERS == 0) begin
            for (int i = 0; i < N + dut.LATENCY; i = i + 1) begin
                now = vectors[i < N ? i : 0];
                #1;
                if (i >= dut.LATENCY) check(i - dut.LATENCY);
                tick();
            end
        end else begin // they stand still while a step is on its way
            for (int i = 0; i < N; i = i + 1) begin
                now = vectors[i];
                #1;
                for (int k = 0; k < dut.LATENCY; k = k + 1) tick();
                check(i);
            end
        end
        if (bad == 0) $display("all %0d agree", N);
        else $display("%0d of %0d differ", bad, N);
        $finish;
    end
endmodule
