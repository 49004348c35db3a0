package org.tapeloop.nn.wrap;

import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;

/**
 * Dropout of weights, the same for all steps of a sequence, in training: DropConnect on the
 * recurrent weights, as in AWD-LSTM.
 *
 * <p>Source: Merity, Keskar and Socher 2017, arXiv 1708.02182.
 *
 * @param <S> the state
 */
public final class WeightDropCell<S> extends ReweightedCell<S> {
  private final double probability;
  private final Generator generator;

  /**
   * Weight drop for a cell.
   *
   * @param names of the parameters that are dropped from, {@code weight_hh} say
   * @param probability of dropping an element, in [0, 1)
   * @param generator where masks come from: a stream a sequence and parameter
   */
  public <C extends Layer & RecurrentCell<S>> WeightDropCell(
      C inner, List<String> names, double probability, Generator generator) {
    super(inner, names);
    this.probability = Masks.requireProbability("weight drop", probability);
    this.generator = generator;
  }

  @Override
  boolean isActive() {
    return isTraining();
  }

  @Override
  Tensor replacement(String name, Tensor value) {
    return value.dropout(probability, generator.next());
  }
}
