package org.tapeloop.examples.wordlm;

import java.util.Locale;

/**
 * A way to train a language model by word, from a paper, with the sizes that belong to it.
 *
 * <p>Where the paper gives sizes for several models, these are those of the one that trains in
 * minutes or hours on two cores.
 */
enum WordRecipe {
  /** Zaremba, Sutskever and Vinyals 2014, arXiv 1409.2329: the small model, not regularised. */
  ZAREMBA(new Sizes(2, 200, 200, 20, 20, 1, 5, 13)),

  /**
   * Merity, Keskar and Socher 2017, arXiv 1708.02182 (AWD-LSTM), with two layers for the paper's
   * three, half the units in a layer, and as many words a step in twice the streams, which two
   * cores read faster.
   */
  AWD(new Sizes(2, 650, 400, 40, 35, 30, 0.25, 20));

  private final Sizes sizes;

  /**
   * What may be changed by options.
   *
   * @param layers on top of each other
   * @param hidden units of a layer
   * @param embedding features of a word
   * @param batch streams side by side
   * @param sequence words through which gradients flow
   * @param learningRate at the start
   * @param clip norm of the gradients
   * @param epochs of a whole run
   */
  record Sizes(
      int layers,
      int hidden,
      int embedding,
      int batch,
      int sequence,
      double learningRate,
      double clip,
      int epochs) {}

  WordRecipe(Sizes sizes) {
    this.sizes = sizes;
  }

  Sizes sizes() {
    return sizes;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
