import { additive, encodeNpy, launch } from "../../mod.ts";
import { processes } from "../../run/processes.ts";
import { assert } from "../deps.ts";
import { zooModel } from "./zoo.ts";

// It takes seconds, and the system has to tell what a process had.
const ignore = Deno.env.get("TACIT_ZOO") !== "1" || Deno.build.os !== "linux";

Deno.test(
  { name: "ResNet-18 at 64x64 takes a party less than 1 GB, as processes over TCP", ignore },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { bytes, inputs } = await zooModel("resnet18_13");
      const [model, input] = [`${folder}/model.onnx`, `${folder}/input.npy`];
      await Deno.writeFile(model, bytes);
      await Deno.writeFile(input, encodeNpy(inputs["input"]!));
      const peaks = await launch<number>(new URL("./zoo_memory_program.ts", import.meta.url), {
        parties: 2,
        protocol: additive(),
        host: processes(),
        args: { model, inputs: { 0: input }, progress: undefined },
      });
      // 0.54 GB were measured.
      for (const peak of peaks) assert(peak > 0 && peak < 2 ** 30, `${peak} bytes`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
