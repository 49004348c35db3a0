package org.tapeloop.benchmarks;

import java.util.Arrays;

/**
 * The sizes of a layer and what it is given.
 *
 * @param time T, steps
 * @param batch B, sequences
 * @param inputs I, features of the input
 * @param hidden H, hidden units
 */
public record LayerSize(int time, int batch, int inputs, int hidden) {

  /**
   * A name of the table in the README, or {@code T,B,I,H}, or {@code TxBxIxH} where commas part
   * sizes.
   */
  public static LayerSize parse(String name) {
    return switch (name) {
      case "stream" -> new LayerSize(64, 1, 64, 64);
      case "char" -> new LayerSize(100, 50, 128, 128);
      case "zsmall" -> new LayerSize(35, 20, 200, 200);
      case "zmedium" -> new LayerSize(35, 20, 650, 650);
      case "mid" -> new LayerSize(64, 64, 512, 512);
      case "xl" -> new LayerSize(50, 64, 1024, 1024);
      default -> {
        int[] n = Arrays.stream(name.split("[,x]", -1)).mapToInt(Integer::parseInt).toArray();
        yield new LayerSize(n[0], n[1], n[2], n[3]);
      }
    };
  }
}
