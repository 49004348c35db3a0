package org.tapeloop.benchmarks.peers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.benchmarks.LayerSize;

/** Models of a single recurrent operator, whose weights are constants that can be packed. */
final class OnnxModel {
  /** The first in which the operators are what they are today, but for 16-bit numbers. */
  private static final int OPERATOR_SET = 14;

  /** The format that came with that set of operators. */
  private static final int FORMAT = 7;

  private final OnnxOperator operator;
  private final LayerSize size;
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("layer");
  private final NodeProto.Builder node;

  private OnnxModel(Task task, List<Tensor> parameters) {
    operator = OnnxOperator.of(task.cell());
    size = task.layerSize();
    node =
        NodeProto.newBuilder()
            .setOpType(operator.name())
            .addAttribute(attribute("hidden_size", size.hidden()));
    if (operator == OnnxOperator.GRU) {
      node.addAttribute(attribute("linear_before_reset", 1));
    }
    int rows = operator.gates().size() * size.hidden();
    node.addInput("x");
    constant("w", byGate(parameters.get(0)), 1, rows, size.inputs());
    constant("r", byGate(parameters.get(1)), 1, rows, size.hidden());
    Tensor biases = Tensor.cat(List.of(byGate(parameters.get(2)), byGate(parameters.get(3))), 0);
    constant("b", biases, 1, 2L * rows);
  }

  /**
   * The layer from the input x [T, B, I] to the outputs y [T, 1, B, H], from a state of zeros.
   *
   * @param parameters weight_ih, weight_hh, bias_ih and bias_hh of the benchmarks' cell
   * @throws IllegalArgumentException if ONNX has no operator like the task's cell
   */
  static byte[] sequence(Task task, List<Tensor> parameters) {
    OnnxModel model = new OnnxModel(task, parameters);
    LayerSize size = model.size;
    model.graph.addInput(value("x", size.time(), size.batch(), size.inputs()));
    model.node.addOutput("y");
    model.graph.addOutput(value("y", size.time(), 1, size.batch(), size.hidden()));
    return model.bytes();
  }

  /**
   * The cell from the input x [1, B, I] and the states, h and c of an LSTM, to the next ones, each
   * [1, B, H], with {@code next_} before their names.
   *
   * @param parameters weight_ih, weight_hh, bias_ih and bias_hh of the benchmarks' cell
   * @throws IllegalArgumentException if ONNX has no operator like the task's cell
   */
  static byte[] step(Task task, List<Tensor> parameters) {
    OnnxModel model = new OnnxModel(task, parameters);
    LayerSize size = model.size;
    model.graph.addInput(value("x", 1, size.batch(), size.inputs()));
    // Neither lengths nor the outputs of all steps.
    model.node.addInput("").addOutput("");
    for (String state : model.operator.states()) {
      model.node.addInput(state).addOutput("next_" + state);
      model.graph.addInput(value(state, 1, size.batch(), size.hidden()));
      model.graph.addOutput(value("next_" + state, 1, size.batch(), size.hidden()));
    }
    return model.bytes();
  }

  private byte[] bytes() {
    return ModelProto.newBuilder()
        .setIrVersion(FORMAT)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATOR_SET))
        .setGraph(graph.addNode(node))
        .build()
        .toByteArray();
  }

  /** The blocks of rows in the operator's order. */
  private Tensor byGate(Tensor parameter) {
    int hidden = size.hidden();
    return Tensor.cat(
        operator.gates().stream().map(g -> parameter.narrow(0, g * hidden, hidden)).toList(), 0);
  }

  private void constant(String name, Tensor values, long... extents) {
    float[] array = values.toFloatArray();
    ByteBuffer bytes =
        ByteBuffer.allocate(array.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(array);
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addAllDims(Arrays.stream(extents).boxed().toList())
            .setRawData(ByteString.copyFrom(bytes)));
    node.addInput(name);
  }

  private static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static ValueInfoProto value(String name, long... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long extent : extents) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
    }
    TypeProto.Tensor type =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.FLOAT_VALUE)
            .setShape(shape)
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }
}
