/** Splits text into its lines. */
export class TextLineStream extends TransformStream<string, string> {}
