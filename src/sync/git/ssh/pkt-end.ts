// Where an answer ends in a stream of pkt-lines that goes on: at the first flush that stands between lines, not in one.

export type PktEnd = {
  /**
   * Bytes of the piece that belong to the answer, when it ends in it. `more`: it goes on; `broken`: no pkt-lines.
   */
  feed(piece: Buffer): number | 'more' | 'broken';
};

export function findPktEnd(): PktEnd {
  // Of the line that is under way: the digits of its length, then what is left of it.
  let digits = '';
  let left = 0;

  return {
    feed(piece) {
      let at = 0;
      while (at < piece.length) {
        if (left > 0) {
          const step = Math.min(left, piece.length - at);
          left -= step;
          at += step;
          continue;
        }
        const taken = piece.toString('latin1', at, at + 4 - digits.length);
        digits += taken;
        at += taken.length;
        if (digits.length < 4) break;
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) return 'broken';
        const length = Number.parseInt(digits, 16);
        digits = '';
        if (length === 0) return at;
        // 1 and 2 stand between sections; 3 is nothing.
        if (length === 3) return 'broken';
        left = Math.max(0, length - 4);
      }
      return 'more';
    },
  };
}
