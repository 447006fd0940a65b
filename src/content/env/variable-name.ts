// Names of variables: how the keys of a nested file become one name, and which names are allowed.

/**
 * `spring.datasource.url`, or `url` below `datasource` below `spring`, is SPRING_DATASOURCE_URL; the first of a list
 * `hosts` is HOSTS_0. That is what Spring, viper and their like look for. What is left is checked like any other name.
 */
export function joinedName(parts: readonly string[]): string {
  if (parts.reduce((sum, { length }) => sum + length, 0) > maxJoinedCharacters) return tooLong;
  return (
    parts
      .join('_')
      .replaceAll(/\[([0-9]{1,9})\]/g, '_$1')
      .replaceAll(/[.-]/g, '_')
      // Of ASCII only: "ß" in capitals would be two letters that are allowed.
      .replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())
  );
}

// A key that is as long as a file stands before each value below it: joined, they would be many times the file.
const maxJoinedCharacters = 1_000;
// No name that is allowed, with any prefix.
const tooLong = 'A'.repeat(maxJoinedCharacters);

// The API server's rule for a variable of a container, in all its versions, and its longest key of a ConfigMap.
const allowed = /^[A-Za-z_][-._A-Za-z0-9]{0,252}$/;

export function isVariableName(name: string): boolean {
  return allowed.test(name);
}

export const nameRule =
  "a variable's name has letters, digits, '_', '.' and '-' only, no digit, '.' or '-' first, and at most 253 characters";
