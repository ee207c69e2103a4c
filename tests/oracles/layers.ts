/**
 * What every layer must compute, by its name in the registry.
 *
 * @module
 */
import { activations } from "./layers/elements.ts";
import { losses } from "./layers/losses.ts";
import type { LayerOracle } from "./layers/row.ts";
import { normLayers, tableLayers } from "./layers/norms.ts";
import { sequenceLayers } from "./layers/sequences.ts";
import { shapes } from "./layers/shapes.ts";
import { windows } from "./layers/windows.ts";

/**
 * What every layer must compute. A family of layers has a file in `layers/`, which exports a record of rows; spread here, its
 * layers are tested.
 */
export const oracles: Readonly<Record<string, LayerOracle>> = {
  ...activations,
  ...windows,
  ...shapes,
  ...losses,
  ...normLayers,
  ...tableLayers,
  ...sequenceLayers,
};
