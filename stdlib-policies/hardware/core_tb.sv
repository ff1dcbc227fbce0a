// Replays what core_record wrote, in another simulator: each line has the inputs of a cycle and the outputs that they gave.
// The parameters are those of tag_core; +record=FILE names the file.
module core_tb;
    parameter W = 1, DOMAINS = 1, DECIDER = 1, RULE = 1, TAG = 1, BYTES = 8, FINE_BYTES = 2, GRANULES = 2, PIPELINE = 0,
        SEGMENTS = 8, DEPTH = 1 << 18;
    parameter [W-1:0] TRAP_MASK = 0;

    logic clk = 1'b0, rst_n, load_valid, load_fine, insn_valid, insn_is_c, insn_has_addr, insn_sc_ok, insn_trapped, trap,
        trap_to_s, resume;
    logic [3:0] load_kind;
    logic [31:0] load_number, load_first, insn;
    logic [W-1:0] load_tag;
    logic [63:0] load_start, load_end, insn_pc, insn_addr;

    logic done, ready, violation, untagged;
    logic [1:0] fail_kind, response;
    logic [3:0] cause;
    logic [DECIDER-1:0] decider;
    logic [RULE-1:0] rule;
    logic [TAG-1:0] tag;

    tag_core #(.W(W), .DOMAINS(DOMAINS), .DECIDER(DECIDER), .RULE(RULE), .TAG(TAG), .BYTES(BYTES), .FINE_BYTES(FINE_BYTES),
        .TRAP_MASK(TRAP_MASK), .GRANULES(GRANULES), .PIPELINE(PIPELINE), .SEGMENTS(SEGMENTS), .DEPTH(DEPTH)) core (
        .clk(clk), .rst_n(rst_n), .load_valid(load_valid), .load_kind(load_kind), .load_number(load_number),
        .load_tag(load_tag), .load_start(load_start), .load_end(load_end), .load_first(load_first), .load_fine(load_fine),
        .insn_valid(insn_valid), .insn_pc(insn_pc), .insn(insn), .insn_is_c(insn_is_c), .insn_has_addr(insn_has_addr),
        .insn_addr(insn_addr), .insn_sc_ok(insn_sc_ok), .insn_trapped(insn_trapped), .done(done), .trap(trap),
        .trap_to_s(trap_to_s), .ready(ready), .violation(violation), .resume(resume), .untagged(untagged),
        .fail_kind(fail_kind), .cause(cause), .decider(decider), .rule(rule), .tag(tag), .response(response));

    localparam REPORT = 4 + 2 + 4 + DECIDER + RULE + TAG + 2;
    logic [REPORT-1:0] expected, got;
    logic x_done, x_ready, x_violation, x_untagged;
    logic [1:0] x_kind, x_response;
    logic [3:0] x_cause;
    logic [DECIDER-1:0] x_decider;
    logic [RULE-1:0] x_rule;
    logic [TAG-1:0] x_tag;
    integer file, found, cycle, violations;
    reg [8*512-1:0] name;
    initial begin
        cycle = 0;
        violations = 0;
        if (!$value$plusargs("record=%s", name)) $fatal(1, "no +record=FILE");
        file = $fopen(name, "r");
        if (file == 0) $fatal(1, "the record cannot be read");
        found = 31;
        while (found == 31) begin
            found = $fscanf(file, "%h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h", rst_n, load_valid,
                load_kind, load_number, load_tag, load_start, load_end, load_first, load_fine, insn_valid, insn_pc, insn,
                insn_is_c, insn_has_addr, insn_addr, insn_sc_ok, insn_trapped, trap, trap_to_s, resume, x_done);
            found = found + $fscanf(file, "%h %h %h %h %h %h %h %h %h", x_ready, x_violation, x_untagged, x_kind, x_cause,
                x_decider, x_rule, x_tag, x_response) + 1;
            if (found == 31) begin
                #1 expected = {x_done, x_ready, x_violation, x_untagged, x_kind, x_cause, x_decider, x_rule, x_tag, x_response};
                got = {done, ready, violation, untagged, fail_kind, cause, decider, rule, tag, response};
                // before reset nothing is known
                if (rst_n && got !== expected) begin
                    $display("cycle %0d: %b, should be %b", cycle, got, expected);
                    $fatal(1, "the simulators differ");
                end
                if (rst_n && violation) violations = violations + 1;
                #1 clk = 1'b1;
                #1 clk = 1'b0;
                cycle = cycle + 1;
            end
        end
        $display("%0d cycles, %0d of them with a violation: the outputs are the same", cycle, violations);
        $finish;
    end
endmodule
