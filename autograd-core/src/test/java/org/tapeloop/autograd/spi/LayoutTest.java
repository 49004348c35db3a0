package org.tapeloop.autograd.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Each change of a layout against {@link IndexModel}, over seeded random layouts. */
class LayoutTest {
  private static final int LAYOUTS = 3000;

  @Test
  void permutedAxesKeepTheirElements() {
    forRandomLayouts(
        (layout, random) -> {
          int[] order = IndexModel.permutation(layout.rank(), random);
          int[] extents = new int[order.length];
          for (int k = 0; k < order.length; k++) {
            extents[k] = layout.extent(order[k]);
          }
          assertMeans(
              IndexModel.of(layout)
                  .mapped(
                      extents,
                      index -> {
                        int[] source = new int[order.length];
                        for (int k = 0; k < order.length; k++) {
                          source[order[k]] = index[k];
                        }
                        return source;
                      }),
              layout.permute(order));
        });
  }

  @Test
  void transposeIsThePermutationThatExchangesTwoAxes() {
    forRandomLayouts(
        (layout, random) -> {
          if (layout.rank() < 2) {
            return;
          }
          int a = random.nextInt(layout.rank());
          int b = random.nextInt(layout.rank());
          int[] order = new int[layout.rank()];
          for (int k = 0; k < order.length; k++) {
            order[k] = k == a ? b : k == b ? a : k;
          }
          assertMeans(IndexModel.of(layout.permute(order)), layout.transpose(a, b));
        });
  }

  @Test
  void sliceTakesEveryStepthIndexFromTheStart() {
    forRandomLayouts(
        (layout, random) -> {
          if (layout.size() == 0 || layout.rank() == 0) {
            return;
          }
          int axis = random.nextInt(layout.rank());
          int start = random.nextInt(layout.extent(axis));
          int step = random.nextBoolean() ? 1 + random.nextInt(2) : -1 - random.nextInt(2);
          int room = step > 0 ? layout.extent(axis) - 1 - start : start;
          int length = random.nextInt(room / Math.abs(step) + 2);
          int[] extents = layout.extents();
          extents[axis] = length;
          assertMeans(
              IndexModel.of(layout)
                  .mapped(
                      extents,
                      index -> {
                        int[] source = index.clone();
                        source[axis] = start + step * index[axis];
                        return source;
                      }),
              layout.slice(axis, start, step, length));
        });
  }

  @Test
  void selectIsASliceOfLengthOneWithoutItsAxis() {
    forRandomLayouts(
        (layout, random) -> {
          if (layout.size() == 0 || layout.rank() == 0) {
            return;
          }
          int axis = random.nextInt(layout.rank());
          int chosen = random.nextInt(layout.extent(axis));
          Layout selected = layout.select(axis, chosen);
          assertEquals(layout.rank() - 1, selected.rank());
          assertMeans(IndexModel.of(layout.slice(axis, chosen, 1, 1)), selected.insertAxis(axis));
        });
  }

  @Test
  void broadcastRepeatsAxesOfExtentOne() {
    forRandomLayouts(
        (layout, random) -> {
          int lead = random.nextInt(3);
          int[] wanted = new int[lead + layout.rank()];
          for (int axis = 0; axis < wanted.length; axis++) {
            int old = axis < lead ? 1 : layout.extent(axis - lead);
            wanted[axis] = old == 1 ? random.nextInt(4) : old;
          }
          assertMeans(
              IndexModel.of(layout)
                  .mapped(
                      wanted,
                      index -> {
                        int[] source = new int[layout.rank()];
                        for (int axis = 0; axis < source.length; axis++) {
                          source[axis] = layout.extent(axis) == 1 ? 0 : index[lead + axis];
                        }
                        return source;
                      }),
              layout.broadcastTo(wanted.clone()));
        });
  }

  @Test
  void reshapeKeepsTheOrderAndRefusesExactlyWhatNoStridesExpress() {
    int[] refused = {0};
    int[] strided = {0};
    forRandomLayouts(
        (layout, random) -> {
          int[] wanted = randomFactors(layout.size(), random);
          IndexModel before = IndexModel.of(layout);
          Layout reshaped = layout.reshape(wanted.clone());
          if (reshaped == null) {
            refused[0]++;
            assertFalse(
                before.canBeStridedAs(wanted),
                () -> layout + " to " + new IndexModel(wanted, new int[0]));
          } else {
            strided[0] += layout.isContiguous() ? 0 : 1;
            assertMeans(new IndexModel(wanted, before.positions()), reshaped);
          }
        });
    assertTrue(refused[0] > 100, "reshapes refused: " + refused[0]);
    assertTrue(strided[0] > 100, "reshapes of layouts that are not contiguous: " + strided[0]);
  }

  @Test
  void reshapeOfAStretchedAxisBesideAPlainOneNeedsACopy() {
    Layout stretched = Layout.rowMajor(2, 1).broadcastTo(2, 3);
    assertNull(stretched.reshape(6));
    assertNotNull(stretched.reshape(2, 1, 3));
  }

  @Test
  void reshapeOfNothingTakesAnyExtentsThatHoldNothing() {
    Layout nothing = Layout.rowMajor(3, 4).slice(0, 0, 1, 0).transpose(0, 1);
    Layout reshaped = nothing.reshape(2, 0, 3);
    assertNotNull(reshaped);
    assertArrayEquals(new int[] {2, 0, 3}, reshaped.extents());
  }

  @Test
  void contiguousMeansAdjacentPositionsInRowMajorOrder() {
    forRandomLayouts(
        (layout, random) -> {
          int[] positions = IndexModel.of(layout).positions();
          boolean adjacent = true;
          for (int i = 0; i < positions.length; i++) {
            adjacent &= positions[i] == layout.offset() + i;
          }
          assertEquals(adjacent, layout.isContiguous(), layout::toString);
          assertEquals(positions.length, layout.size(), layout::toString);
        });
  }

  @Test
  void sizesPastTheIntRangeAreRefused() {
    assertThrows(TensorSizeException.class, () -> Layout.rowMajor(1 << 16, 1 << 16));
    assertThrows(
        TensorSizeException.class,
        () -> Layout.strided(0, new int[] {1 << 16, 1 << 16}, new int[] {0, 0}));
  }

  @Test
  void extentsAndStridesOfUnequalCountAreRefused() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Layout.strided(0, new int[] {2, 3}, new int[] {1}));
    assertEquals("layout: 2 extents but 1 strides", e.getMessage());
  }

  private static void assertMeans(IndexModel expected, Layout actual) {
    IndexModel meaning = IndexModel.of(actual);
    assertTrue(expected.sameAs(meaning), () -> "expected " + expected + " but " + actual);
  }

  private static void forRandomLayouts(BiConsumer<Layout, Random> property) {
    Random random = new Random(20260601);
    for (int n = 0; n < LAYOUTS; n++) {
      property.accept(IndexModel.randomLayout(random), random);
    }
  }

  @Test
  void moreElementsThanAnArrayHoldsAreRefusedWithTheirExtents() {
    int[] extents = {1 << 20, 3, 1 << 10};
    String message = "shape: [1048576, 3, 1024] has more elements than a Java array can hold";
    for (Executable making :
        List.<Executable>of(
            () -> Layout.rowMajor(extents), () -> Layout.strided(0, extents, new int[3]))) {
      assertEquals(message, assertThrows(TensorSizeException.class, making).getMessage());
    }
  }

  /** Extents with a given product, some of them 1. */
  private static int[] randomFactors(int size, Random random) {
    int[] factors = new int[1 + random.nextInt(5)];
    int rest = size;
    for (int k = 0; k < factors.length - 1; k++) {
      int divisor = 1 + random.nextInt(6);
      factors[k] = size == 0 ? divisor : rest % divisor == 0 ? divisor : 1;
      rest /= factors[k];
    }
    factors[factors.length - 1] = rest;
    int place = random.nextInt(factors.length);
    factors[factors.length - 1] = factors[place];
    factors[place] = rest;
    return factors;
  }
}
