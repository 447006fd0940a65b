// What a reader asks for where a server gives no objects by their names: the whole of one commit.
import type { CommitId } from '../../../api/identifiers.ts';
import type { Selection } from '../../../content/select/selection.ts';
import type { Progress } from '../../source.ts';
import type { Admit } from '../../turns.ts';
import type { GitLimits } from '../limits.ts';
import type { PackedObject } from '../pack/unpack.ts';
import type { Transport } from '../transport.ts';

export type ReadShallow = (
  options: {
    readonly transport: Transport;
    /** `''` for a commit that was named itself. */
    readonly refName: string;
    readonly commit: CommitId;
    readonly selection: Selection;
    readonly shown: string;
    readonly limits: GitLimits;
    /** See UploadPackRequest. */
    readonly headMilliseconds?: number | undefined;
    readonly admit?: Admit | undefined;
    readonly onProgress?: ((progress: Progress) => void) | undefined;
  },
  signal: AbortSignal,
) => Promise<{ readonly objects: readonly PackedObject[] }>;
