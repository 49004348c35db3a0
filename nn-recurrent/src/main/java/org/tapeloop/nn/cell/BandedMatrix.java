package org.tapeloop.nn.cell;

import java.util.Arrays;
import java.util.List;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The matrix [O L, C L] whose product is the cross-correlation over L places with a filter [O, C,
 * width], zeros beyond the ends.
 *
 * @param length L
 * @param from which element of the filter stands where, row by row; one after the last is 0
 */
record BandedMatrix(int length, IntTensor from) {

  /** For filters of a shape. */
  static BandedMatrix of(Shape filter, int length) {
    int channels = filter.extent(1);
    int width = filter.extent(2);
    int half = width / 2;
    int outs = filter.extent(0);
    int[] from = new int[outs * length * channels * length];
    Arrays.fill(from, filter.size());
    for (int out = 0, at = 0; out < outs; out++) {
      for (int place = 0; place < length; place++) {
        for (int in = 0; in < channels; in++, at += length) {
          int stop = Math.min(length, place + half + 1);
          for (int other = Math.max(0, place - half); other < stop; other++) {
            from[at + other] = (out * channels + in) * width + other - place + half;
          }
        }
      }
    }
    return new BandedMatrix(length, IntTensor.of(from));
  }

  /** The matrix of a filter. */
  Tensor matrix(Tensor filter) {
    var flat = filter.reshape(-1);
    var padded = Tensor.cat(List.of(flat, flat.narrow(0, 0, 1).zerosLike()), 0);
    return padded.indexSelect(0, from).reshape(filter.extent(0) * length, -1);
  }
}
