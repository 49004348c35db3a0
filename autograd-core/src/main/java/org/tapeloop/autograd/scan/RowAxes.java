package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * Operations along some of the axes that a row has, where its tensor has more than the batch and
 * one other: written as operations on the parts of the row, since a value knows its width only.
 *
 * <p>They take as many values as the outer axes have indices: meant for small matrices a row, such
 * as the memory of a head.
 */
final class RowAxes {
  private final ValueGraph graph;

  RowAxes(ValueGraph graph) {
    this.graph = graph;
  }

  /**
   * A row with axes of extent 1 repeated.
   *
   * @param from the extents behind the batch
   * @param to the extents behind the batch afterwards, equal in number
   */
  Value stretch(Value value, int[] from, int[] to) {
    if (Arrays.equals(from, to)) {
      return value;
    }
    if (Arrays.stream(from).allMatch(extent -> extent == 1)) {
      return graph.spread(value, size(to));
    }
    int[] innerFrom = Arrays.copyOfRange(from, 1, from.length);
    int[] innerTo = Arrays.copyOfRange(to, 1, to.length);
    int width = size(innerFrom);
    List<Value> parts = new ArrayList<>();
    for (int i = 0; i < to[0]; i++) {
      boolean repeats = from[0] == 1 && i > 0;
      parts.add(
          repeats
              ? parts.getFirst()
              : stretch(graph.slice(value, i * width, width), innerFrom, innerTo));
    }
    return graph.join(parts);
  }

  /**
   * A row summed along an axis.
   *
   * @param extents behind the batch
   * @param axis counted from the first of these
   */
  Value sum(Value value, int[] extents, int axis) {
    int inner = size(Arrays.copyOfRange(extents, axis + 1, extents.length));
    int outer = size(Arrays.copyOf(extents, axis));
    int width = extents[axis] * inner;
    List<Value> parts = new ArrayList<>();
    for (int i = 0; i < outer; i++) {
      Value part = graph.slice(value, i * width, width);
      parts.add(inner == 1 ? graph.fold(ReduceKernel.SUM, part) : total(part, inner));
    }
    return graph.join(parts);
  }

  private Value total(Value rows, int width) {
    Value total = graph.slice(rows, 0, width);
    for (int start = width; start < rows.width; start += width) {
      Value next = graph.slice(rows, start, width);
      total = graph.binary(BinaryKernel.ADD, total, next, width);
    }
    return total;
  }

  private static int size(int[] extents) {
    return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
  }
}
