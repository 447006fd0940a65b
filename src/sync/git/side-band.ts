// Which part of an answer a pkt-line belongs to, by its first byte: the pack, or an error that ends it.

export const packBand = 1;
export const errorBand = 3;
