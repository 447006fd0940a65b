// A repository with one small folder of config and any number of other files.
import type { Repository } from '../../local/git-server/repository.ts';

export type Grown = {
  readonly repository: Repository;
  readonly others: number;
  readonly path: string;
  /** In the folder. */
  readonly files: number;
  /** Pushes a change of one file of the folder. */
  change(): Promise<void>;
  /** Of the file that changes. */
  content(): string;
};

const path = 'envs/prod/shop';
const files = 5;

export async function grow(repository: Repository, others: number): Promise<Grown> {
  let round = 0;
  const content = (): string => `round: ${round}\n${'key: value\n'.repeat(20)}`;
  const own = Array.from({ length: files - 1 }, (_, index) => [`${path}/${index}.conf`, text(index)]);
  const rest = Array.from({ length: others }, (_, index) => {
    const folder = `teams/${index % 97}/${Math.floor(index / 97) % 31}`;
    return [`${folder}/${index}.yaml`, text(index)];
  });
  const first = { ...Object.fromEntries([...own, ...rest]), [`${path}/changing.conf`]: content() };
  await repository.commit(first, { message: 'Begin' });
  return {
    repository,
    others,
    path,
    files,
    content,
    async change() {
      round += 1;
      await repository.commit({ [`${path}/changing.conf`]: content() }, { message: `Round ${round}` });
    },
  };
}

// No two files alike, and none that packs to nothing.
function text(index: number): string {
  return Array.from({ length: 8 }, (_, line) => `${line}: ${Math.imul(index + 1, 2654435761 + line)}\n`).join(
    '',
  );
}
