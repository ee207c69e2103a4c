/** The word of a list that is most like another one. */
export function closestString(word: string, among: readonly string[]): string;
