package org.tapeloop.nn.safetensors;

import java.util.List;

/**
 * What a file's header says of one array.
 *
 * @param name its name
 * @param type its element type
 * @param shape its extents, outermost first
 * @param begin where its bytes begin, counted from the end of the header
 * @param end where they end, exclusive
 */
public record StoredTensor(String name, StoredType type, List<Long> shape, long begin, long end) {

  /** Copies the shape. */
  public StoredTensor {
    shape = List.copyOf(shape);
  }

  /** Number of elements: the product of the extents. */
  public long size() {
    return (end - begin) / type.bytes();
  }
}
