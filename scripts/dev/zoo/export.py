"""Writes the zoo: graphs without their large weights to tests/data/zoo, complete models to a folder beside.

    /usr/bin/python3 scripts/dev/zoo/export.py /tmp/zoo      # then: reference.mjs, see tests/data/zoo/README.md
"""
import hashlib
import io
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
import torchvision
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from networks import GPT, AnySize, Encoder, Norms, Tokens, TwoStates, UNet
from weights import generated

STORED = Path(__file__).resolve().parents[3] / "tests" / "data" / "zoo"
# Tensors of more elements are left out of the stored graph.
LARGE = 48
BATCH = {0: "batch"}


def image(side, width=None, batch=1):
    shape = (batch, 3, side, width or side)
    return {"input": np.random.default_rng(side).standard_normal(shape, dtype=np.float32)}


def tokens(length=16, batch=2):
    return {"tokens": np.random.default_rng(length).integers(0, 50, (batch, length))}


def randomise(net):
    """No two tensors alike and no statistics at their defaults: the exporter would merge or drop them."""
    for name, p in list(net.named_parameters()) + list(net.named_buffers()):
        if name.endswith(("mask", "num_batches_tracked")):
            continue
        if p.ndim > 1:
            nn.init.kaiming_uniform_(p.data)
        elif name.endswith(("running_var", "weight")):
            nn.init.uniform_(p.data, 0.8, 1.2)
        else:
            nn.init.uniform_(p.data, -0.1, 0.1)


def exported(net, inputs, opset, fold=True, axes=None, **options):
    """The model that torch.onnx.export writes in evaluation mode; `axes` may have any size, the batch by default."""
    randomise(net)
    out = io.BytesIO()
    (name, value), = inputs.items()
    torch.onnx.export(
        net.eval(), torch.from_numpy(value), out, opset_version=opset, do_constant_folding=fold,
        input_names=[name], output_names=["output"],
        dynamic_axes=None if axes == {} else {name: axes or BATCH, "output": BATCH}, **options,
    )
    return onnx.load_from_string(out.getvalue())


LABEL = helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"])


def uniform(seed):
    """A function of low, high and shape, to float32."""
    rng = np.random.default_rng(seed)
    return lambda low, high, shape: rng.uniform(low, high, shape).astype(np.float32)


def vector(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])


def made(nodes, weights, inputs, outputs):
    """A model written by hand, with the operator sets of skl2onnx."""
    tensors = [numpy_helper.from_array(np.asarray(values), name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, tensors)
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="by hand")
    model.ir_version = 8
    return model


def table(columns, batch=4):
    return {"X": np.random.default_rng(columns).standard_normal((batch, columns), dtype=np.float32)}


def scaler_classifier():
    """A StandardScaler and a LogisticRegression of three classes, in the operators that skl2onnx writes."""
    random = uniform(1)
    offset, scale = random(-1, 1, 12).tolist(), random(0.5, 2, 12).tolist()
    linear = {"coefficients": random(-0.5, 0.5, 36).tolist(), "intercepts": random(-0.2, 0.2, 3).tolist()}
    classes = {"classlabels_ints": [0, 1, 2], "multi_class": 1, "post_transform": "SOFTMAX"}
    ml = {"domain": "ai.onnx.ml"}
    nodes = [
        helper.make_node("Scaler", ["X"], ["scaled"], **ml, offset=offset, scale=scale),
        helper.make_node("LinearClassifier", ["scaled"], ["label", "raw"], **ml, **linear, **classes),
        helper.make_node("Normalizer", ["raw"], ["probabilities"], **ml, norm="L1"),
    ]
    return made(nodes, {}, [vector("X", 12)], [LABEL, vector("probabilities", 3)])


def sklearn_mlp():
    """An MLPClassifier of three classes, in the operators that skl2onnx writes."""
    random, node = uniform(2), helper.make_node
    nodes = [
        node("Cast", ["X"], ["cast_input"], to=TensorProto.FLOAT),
        node("MatMul", ["cast_input", "coefficient"], ["mul_result"]),
        node("Add", ["mul_result", "intercepts"], ["add_result"]),
        node("Relu", ["add_result"], ["next_activations"]),
        node("MatMul", ["next_activations", "coefficient1"], ["mul_result1"]),
        node("Add", ["mul_result1", "intercepts1"], ["add_result1"]),
        node("Softmax", ["add_result1"], ["probabilities"], axis=1),
        node("ArgMax", ["probabilities"], ["argmax_output"], axis=1),
        node("ArrayFeatureExtractor", ["classes", "argmax_output"], ["extracted"], domain="ai.onnx.ml"),
        node("Cast", ["extracted"], ["cast2_result"], to=TensorProto.INT64),
        node("Reshape", ["cast2_result", "shape_tensor"], ["label"]),
    ]
    weights = {
        "coefficient": random(-1, 1, (20, 32)),
        "intercepts": random(-0.1, 0.1, (1, 32)),
        "coefficient1": random(-1, 1, (32, 3)),
        "intercepts1": random(-0.1, 0.1, (1, 3)),
        "classes": np.array([3, 5, 8], dtype=np.int32),
        "shape_tensor": np.array([-1], dtype=np.int64),
    }
    return made(nodes, weights, [vector("X", 20)], [LABEL, vector("probabilities", 3)])


def resnet18():
    return torchvision.models.resnet18(num_classes=10)


ANY_IMAGE = {0: "batch", 2: "height", 3: "width"}
ANY_TOKENS = {0: "batch", 1: "length"}
# Batch norms that follow a convolution stay nodes of their own.
APART = {"training": torch.onnx.TrainingMode.PRESERVE}

ZOO = {
    "resnet18_11": lambda x: exported(resnet18(), x, 11, fold=False, **APART),
    "resnet18_13": lambda x: exported(resnet18(), x, 13),
    "mobilenet_v2": lambda x: exported(torchvision.models.mobilenet_v2(num_classes=10, width_mult=0.5), x, 12),
    "lstm": lambda x: exported(Tokens(nn.LSTM), x, 11),
    "lstm_fixed": lambda x: exported(Tokens(nn.LSTM), x, 11, axes={}),
    "lstm_unfolded": lambda x: exported(TwoStates(nn.LSTM), x, 11, fold=False),
    "gru": lambda x: exported(Tokens(nn.GRU), x, 13),
    "gru_unfolded": lambda x: exported(TwoStates(nn.GRU), x, 13, fold=False),
    "encoder": lambda x: exported(Encoder(), x, 14),
    "encoder_fixed": lambda x: exported(Encoder(), x, 14, axes={}),
    "encoder_unfolded": lambda x: exported(Encoder("gelu", norm_first=True), x, 14, fold=False),
    "gpt": lambda x: exported(GPT(), x, 13, axes=ANY_TOKENS),
    "gpt_fixed": lambda x: exported(GPT(), x, 13, axes={}),
    "gpt_17": lambda x: exported(GPT(), x, 17, fold=False),
    "unet_transpose": lambda x: exported(UNet("transpose"), x, 16),
    "unet_bilinear": lambda x: exported(UNet("bilinear"), x, 16, fold=False),
    "unet_nearest": lambda x: exported(UNet("nearest"), x, 16, axes=ANY_IMAGE),
    "scaler_classifier": lambda x: scaler_classifier(),
    "sklearn_mlp": lambda x: sklearn_mlp(),
    "norms": lambda x: exported(Norms(), x, 12),
    "any_size": lambda x: exported(AnySize(), x, 13, fold=False, axes=ANY_IMAGE),
}
# What is fed; two rows of 16 tokens where nothing else is said.
INPUTS = {
    "resnet18_11": image(32),
    "resnet18_13": image(64),
    "mobilenet_v2": image(64),
    "gpt": tokens(12),
    "gpt_fixed": tokens(batch=1),
    "unet_transpose": image(16),
    "unet_bilinear": image(16),
    "unet_nearest": image(16, 24),
    "scaler_classifier": table(12),
    "sklearn_mlp": table(20, batch=8),
    "norms": image(16),
    "any_size": image(17, 22, batch=2),
}


def interval(tensor, op, index, following):
    """What a weight's numbers lie in, so that activations keep their size: it depends on what the weight is for."""
    dims = list(tensor.dims)
    if op == "BatchNormalization":
        return (0.8, 1.2) if index in (1, 4) else (-0.1, 0.1)
    if op == "Gather" or tensor.name == "positions":
        bound = 1.0
    elif op == "LayerNormalization" or (op == "Mul" and len(dims) == 1):
        return (0.8, 1.2) if index == 1 else (-0.1, 0.1)
    elif len(dims) == 1 or (op in ("LSTM", "GRU") and index == 3):
        bound = 0.1
    elif op in ("Conv", "ConvTranspose"):
        # A rectifier that follows takes half of the variance away.
        gain = 6 if following in ("Relu", "Clip") else 3
        bound = math.sqrt(gain / (math.prod(dims[1:]) if op == "Conv" else dims[0]))
    else:
        # Weights of products: rows by columns, but where torch's layout is turned by the graph.
        rows = dims[-2] if op == "MatMul" else dims[-1]
        bound = math.sqrt(3 / rows)
    bound = round(bound, 4)
    return (-bound, bound)


def split(model):
    """Large weights become generated ones in the model, and nothing but name, type and sides in its stored twin."""
    nodes = {name: node for node in reversed(model.graph.node) for name in node.input}
    digest = hashlib.sha256()
    stored = onnx.ModelProto()
    stored.CopyFrom(model)
    for tensor, empty in zip(model.graph.initializer, stored.graph.initializer):
        count = math.prod(tensor.dims)
        if tensor.data_type != TensorProto.FLOAT or count <= LARGE or tensor.name.endswith("mask"):
            continue
        node = nodes[tensor.name]
        following = nodes[node.output[0]].op_type if node.output[0] in nodes else ""
        low, high = interval(tensor, node.op_type, list(node.input).index(tensor.name), following)
        values = generated(tensor.name, count, low, high)
        tensor.raw_data = values.tobytes()
        digest.update(tensor.raw_data)
        empty.ClearField("raw_data")
        empty.ClearField("float_data")
        empty.doc_string = f"uniform {low} {high}"
        tensor.doc_string = empty.doc_string
    onnx.helper.set_model_props(stored, {"generated weights, SHA-256": digest.hexdigest()})
    return model, stored


def main(folder):
    warnings.simplefilter("ignore")
    complete = Path(folder)
    for place in (complete, STORED):
        place.mkdir(parents=True, exist_ok=True)
    for name, build in ZOO.items():
        torch.manual_seed(1)
        inputs = INPUTS.get(name, tokens())
        model, stored = split(build(inputs))
        onnx.checker.check_model(model)
        (complete / f"{name}.onnx").write_bytes(model.SerializeToString())
        (STORED / f"{name}.onnx").write_bytes(stored.SerializeToString())
        for key, value in inputs.items():
            np.save(STORED / f"{name}_{key}.npy", value)
        operators = sorted({n.op_type if n.domain == "" else f"{n.domain}.{n.op_type}" for n in model.graph.node})
        print(f"| `{name}` | {model.opset_import[0].version} | {' '.join(operators)} |")


if __name__ == "__main__":
    main(sys.argv[1])
