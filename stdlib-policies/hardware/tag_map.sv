// Which memory has tags, and where they are kept: up to SEGMENTS ranges of the address space, each with granules of one
// size, whose tags lie side by side in the tag store.  What no segment holds is untagged.
module tag_map #(
    parameter SEGMENTS = 8,
    parameter INDEX = 18,        // bits of an index into the tag store
    parameter SHIFT = 3,         // log2 of the bytes of a granule
    parameter FINE_SHIFT = 1     // the same where the page holds code
) (
    input  logic             clk,
    input  logic             rst_n,
    input  logic             load,          // sets a segment
    input  logic [7:0]       load_number,
    input  logic [63:0]      load_start,    // addresses of the first byte and of the last one
    input  logic [63:0]      load_end,
    input  logic [INDEX-1:0] load_first,    // index of the first granule
    input  logic             load_fine,
    input  logic [63:0]      address,
    output logic             hit,
    output logic             fine,
    output logic [INDEX-1:0] index,         // of the granule at the address
    output logic [INDEX-1:0] final_index    // of the segment's last one
);
    logic [SEGMENTS-1:0] hits, fines;
    logic [SEGMENTS*INDEX-1:0] indexes, finals;
    genvar s;
    generate
        for (s = 0; s < SEGMENTS; s = s + 1) begin : segment
            logic used, is_fine;
            logic [63:0] start, last;
            logic [INDEX-1:0] first, here, extent;
            always_ff @(posedge clk)
                if (!rst_n)
                    used <= 1'b0;
                else if (load && load_number == s) begin
                    used <= 1'b1;
                    start <= load_start;
                    last <= load_end;
                    first <= load_first;
                    is_fine <= load_fine;
                end
            assign here = INDEX'((address - start) >> (is_fine ? FINE_SHIFT : SHIFT));
            assign extent = INDEX'((last - start) >> (is_fine ? FINE_SHIFT : SHIFT));
            assign hits[s] = used && address >= start && address <= last;
            assign fines[s] = hits[s] && is_fine;
            assign indexes[s*INDEX +: INDEX] = hits[s] ? first + here : {INDEX{1'b0}};
            assign finals[s*INDEX +: INDEX] = hits[s] ? first + extent : {INDEX{1'b0}};
        end
    endgenerate
    // segments do not overlap
    assign hit = |hits;
    assign fine = |fines;
    always_comb begin
        index = {INDEX{1'b0}};
        final_index = {INDEX{1'b0}};
        for (int i = 0; i < SEGMENTS; i = i + 1) begin
            index = index | indexes[i*INDEX +: INDEX];
            final_index = final_index | finals[i*INDEX +: INDEX];
        end
    end
endmodule
