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
   */
  public <C extends Layer & RecurrentCell<S>> WeightNormCell(C inner, List<String> names) {
    super(inner, names);
    inner
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (names.contains(name)) {
                Tensor norms = parameter.value().detach().norm(2, ROW, true);
                lengths.put(name, parameter(name + "_g", norms));
              }
            });
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
