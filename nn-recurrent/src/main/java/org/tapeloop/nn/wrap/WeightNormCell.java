package org.tapeloop.nn.wrap;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;

/**
 * Weights as directions times lengths: each row of a weight v [O, I] is used as {@code g v / |v|}.
 *
 * <p>The cell's own parameter is v; its lengths g [O, 1] are a parameter with the suffix {@code
 * _g}, and start as those of v. Source: Salimans and Kingma 2016, arXiv 1602.07868.
 *
 * @param <S> the state
 */
public final class WeightNormCell<S> extends ReweightedCell<S> {
  private static final int[] ROW = {1};

  private final Map<String, Parameter> lengths = new LinkedHashMap<>();

  /**
   * Weight normalisation of a cell.
   *
   * @param names of the parameters [O, I] that are normalised, {@code weight_hh} say
   * @throws IllegalArgumentException if there is no such parameter, or it is no matrix, or a part
   *     of the cell has it
   */
  public <C extends Layer & RecurrentCell<S>> WeightNormCell(C inner, List<String> names) {
    super(inner, names);
    inner
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (names.contains(name)) {
                requireOwnMatrix(name, parameter);
                Tensor norms = parameter.value().detach().norm(2, ROW, true);
                lengths.put(name, parameter(name + "_g", norms));
              }
            });
  }

  private static void requireOwnMatrix(String name, Parameter parameter) {
    if (parameter.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "WeightNormCell: '%s' %s has no rows [out, in] to normalise"
              .formatted(name, parameter.shape()));
    }
    if (name.contains(".")) {
      throw new IllegalArgumentException(
          "WeightNormCell: '%s' is a part's; put the WeightNormCell around that part"
              .formatted(name));
    }
  }

  @Override
  boolean isActive() {
    return true;
  }

  @Override
  Tensor replacement(String name, Tensor value) {
    Tensor g = Objects.requireNonNull(lengths.get(name)).value();
    return value.mul(g.div(value.norm(2, ROW, true)));
  }
}
