package org.tapeloop.autograd.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class ScanPlanEventTest {
  @Test
  void aRecordingHasEachPlanOnce(@TempDir Path folder) throws IOException {
    var generator = new Generator(5);
    Tensor u = Tensor.normal(generator.next(), DType.F32, Shape.of(4, 4), 0, 1).leaf();
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(3, 2, 4), 0, 1);
    Tensor start = Tensor.zeros(DType.F32, Shape.of(2, 4));
    Scan<Tensor, Tensor, Tensor> scan =
        Scan.over(
            (Tensor xt, Tensor h) -> {
              Tensor next = xt.add(h.matmul(u)).tanh();
              return new Scan.Next<>(next, next);
            });
    Path file = folder.resolve("plans.jfr");
    try (var recording = new Recording()) {
      recording.enable(ScanPlanEvent.class);
      recording.start();
      scan.run(x, start);
      scan.run(x, start);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertEquals(1, events.size(), "plans recorded");
    RecordedEvent event = events.getFirst();
    assertEquals("org.tapeloop.ScanPlan", event.getEventType().getName());
    assertEquals(3, event.getInt("steps"));
    assertEquals(2, event.getInt("batch"));
    assertEquals(Backends.current().name(), event.getString("backend"));
    assertTrue(event.getString("plan").contains("tanh"), event.getString("plan"));
  }
}
