// The next part of a data access that the unit is shown at once: at most GRANULES granules of one segment, from the
// granule at the address on, and which of their bytes are accessed.
module tag_beat #(
    parameter GRANULES = 2,
    parameter INDEX = 18,
    parameter BYTES = 8,         // of a granule
    parameter FINE_BYTES = 2     // the same where the page holds code
) (
    input  logic [2:0]                address,
    input  logic [3:0]                left,        // bytes of the access from the address on
    input  logic                      fine,
    input  logic [INDEX-1:0]          index,       // of the first granule,
    input  logic [INDEX-1:0]          final_index, // and of the segment's last one
    output logic [GRANULES*BYTES-1:0] byte_mask,
    output logic [3:0]                covered      // bytes of the access in this beat
);
    logic [7:0] offset, ends, granule;
    logic [INDEX-1:0] more;
    assign granule = fine ? FINE_BYTES[7:0] : BYTES[7:0];
    assign offset = {5'd0, address[2:0]} & (granule - 8'd1);
    assign ends = offset + {4'd0, left};
    assign more = final_index - index;
    always_comb begin
        byte_mask = {GRANULES*BYTES{1'b0}};
        covered = 4'd0;
        for (int slot = 0; slot < GRANULES; slot = slot + 1)
            for (int i = 0; i < BYTES; i = i + 1)
                if (i < granule && slot <= more && slot * granule + i >= offset
                    && slot * granule + i < ends) begin
                    byte_mask[slot*BYTES + i] = 1'b1;
                    covered = covered + 4'd1;
                end
    end
endmodule
