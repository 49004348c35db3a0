package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.Layout;

/** What the symbols of a trace stand for: rows of the batch, or captured tensors. */
final class StepSymbols {
  private final int batch;
  private final ValueGraph graph;
  private final RowAxes axes;
  private final Map<Tensor, Value> rows = new HashMap<>();

  /** Row tensors seen transposed, the left factors of outer sums. */
  private final Map<Tensor, Value> transposed = new HashMap<>();

  /** Captured symbols, by number, and the numbers of transposed views of them. */
  private final Map<Tensor, Integer> captures = new HashMap<>();

  private final Map<Tensor, Integer> transposedCaptures = new HashMap<>();

  /** The captured symbols that others are the transposes of. */
  private final Map<Tensor, Tensor> originals = new HashMap<>();

  private final List<Tensor> captureTensors = new ArrayList<>();

  StepSymbols(int batch, ValueGraph graph, RowAxes axes) {
    this.batch = batch;
    this.graph = graph;
    this.axes = axes;
  }

  /** Introduces an input, a state or a cotangent. */
  Value define(Tensor symbol, Value.What what) {
    if (symbol.rank() == 0 || symbol.extent(0) != batch) {
      throw new NotCompilableException(
          "%s of shape %s does not have the batch of %d as its first axis"
              .formatted(
                  what.getClass().getSimpleName().toLowerCase(Locale.ROOT), symbol.shape(), batch));
    }
    Value value = graph.leaf(what, widthOf(symbol.shape()));
    rows.put(symbol, value);
    return value;
  }

  /** Makes known what tensors the trace has captured so far, in its order. */
  void addCaptures(Map<Tensor, Tensor> traced) {
    traced.forEach(
        (tensor, symbol) -> {
          if (!captures.containsKey(symbol)) {
            captures.put(symbol, captureTensors.size());
            captureTensors.add(tensor);
          }
        });
  }

  /** The captured tensors by number. */
  List<Tensor> captureTensors() {
    return captureTensors;
  }

  /** The row value of a symbol, or null if it is none. */
  @Nullable Value value(Tensor symbol) {
    return rows.get(symbol);
  }

  int widthOf(Shape shape) {
    return batch == 0 ? 0 : shape.size() / batch;
  }

  /** Says what a symbol is that is no row of the batch, a sum over it for instance. */
  void set(Tensor symbol, Value value) {
    rows.put(symbol, value);
  }

  /** Says what rows an operation gives. */
  void put(Tensor out, Value value, Trace.Call call) {
    if (out.rank() == 0 || out.extent(0) != batch) {
      throw refuse(call, "gives shape " + out.shape() + ", which mixes rows of the batch");
    }
    rows.put(out, value);
  }

  static NotCompilableException refuse(Trace.Call call, String reason) {
    return new NotCompilableException(call.op().name() + ": " + reason);
  }

  /** The row value that a symbol is the transpose of, or null. */
  @Nullable Value transposedRows(Tensor symbol) {
    return transposed.get(symbol);
  }

  /** The number of a captured matrix as it is, or null. */
  @Nullable Integer capture(Tensor symbol) {
    return captures.get(symbol);
  }

  /** The number of the captured matrix that a symbol is the transpose of, or null. */
  @Nullable Integer transposedCapture(Tensor symbol) {
    return transposedCaptures.get(symbol);
  }

  /** The captured tensor that a symbol is the transpose of, or null. */
  @Nullable Tensor original(Tensor symbol) {
    return originals.get(symbol);
  }

  /** Whether a captured tensor has a row for each row of the batch. */
  boolean isStill(Tensor symbol) {
    return captures.containsKey(symbol) && symbol.extent(0) == batch;
  }

  /** Says that a symbol is the transpose of another. */
  void transpose(Trace.Call call, Tensor x, Tensor out) {
    Integer plain = captures.get(x);
    Integer turned = transposedCaptures.get(x);
    Value row = rows.get(x);
    if (plain != null) {
      transposedCaptures.put(out, plain);
      originals.put(out, x);
    } else if (turned != null) {
      captures.put(out, turned);
    } else if (row != null) {
      transposed.put(out, row);
    } else {
      throw refuse(call, "transposes rows twice");
    }
  }

  /** The rows that a symbol stands for. */
  Value rowsOf(Trace.Call call, Tensor symbol) {
    Value value = rows.get(symbol);
    if (value == null) {
      return operand(call, symbol, symbol);
    }
    return value;
  }

  /** An operand of an elementwise operation with the given result. */
  Value operand(Trace.Call call, Tensor symbol, Tensor out) {
    Value value = rows.get(symbol);
    if (value != null) {
      if (symbol.rank() != out.rank()) {
        throw refuse(
            call, "broadcasts %s to %s across rows".formatted(symbol.shape(), out.shape()));
      }
      return fits(symbol, out) ? value : axes.stretch(value, behind(symbol), behind(out));
    }
    Integer capture = captures.get(symbol);
    if (capture == null) {
      throw refuse(call, "an operand of shape " + symbol.shape() + " is no row of the batch");
    }
    return captured(call, capture, symbol, out);
  }

  /** The extents behind the batch. */
  static int[] behind(Tensor symbol) {
    int[] extents = symbol.shape().extents();
    return Arrays.copyOfRange(extents, 1, extents.length);
  }

  /** Whether the axes behind the batch are those of the result, or all 1. */
  private static boolean fits(Tensor symbol, Tensor out) {
    boolean same = true;
    boolean ones = true;
    for (int axis = 1; axis < symbol.rank(); axis++) {
      same &= symbol.extent(axis) == out.extent(axis);
      ones &= symbol.extent(axis) == 1;
    }
    return same || ones;
  }

  /** Whether all elements of a captured tensor are one and the same. */
  static boolean isUniform(Layout layout) {
    if (layout.size() <= 1) {
      return true;
    }
    for (int axis = 0; axis < layout.rank(); axis++) {
      if (layout.stride(axis) != 0 && layout.extent(axis) > 1) {
        return false;
      }
    }
    return true;
  }

  private Value captured(Trace.Call call, int capture, Tensor symbol, Tensor out) {
    if (isUniform(captureTensors.get(capture).elements().layout())) {
      return graph.leaf(new Value.Shared(capture), 1);
    }
    int lead = out.rank() - symbol.rank();
    if (lead == 0 && symbol.extent(0) == batch) {
      Value still = graph.leaf(new Value.Still(capture), widthOf(symbol.shape()));
      return fits(symbol, out) ? still : axes.stretch(still, behind(symbol), behind(out));
    }
    int[] extents = new int[out.rank()];
    Arrays.fill(extents, 0, lead, 1);
    System.arraycopy(symbol.shape().extents(), 0, extents, lead, symbol.rank());
    if (extents[0] != 1) {
      throw refuse(call, "broadcasts a captured %s to %s".formatted(symbol.shape(), out.shape()));
    }
    Value shared = graph.leaf(new Value.Shared(capture), symbol.size());
    return axes.stretch(shared, Arrays.copyOfRange(extents, 1, extents.length), behind(out));
  }
}
