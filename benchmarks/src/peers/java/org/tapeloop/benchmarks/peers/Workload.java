package org.tapeloop.benchmarks.peers;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What is done to a layer, and the libraries that do it. */
enum Workload {
  /** Forward, and backward to the input and all parameters. */
  TRAINING(
      TapeloopTraining::precise,
      Map.of(Library.TAPELOOP, TapeloopTraining::new, Library.LIBTORCH, LibtorchTraining::new)),

  /** Whole sequences without gradients. */
  FORWARD(
      TapeloopForward::precise,
      Map.of(Library.TAPELOOP, TapeloopForward::new, Library.ONNX_RUNTIME, OnnxForward::new)),

  /** One step on what arrives, with the state carried; T steps are compared before that. */
  STREAMING(
      TapeloopForward::precise,
      Map.of(
          Library.TAPELOOP, task -> new Streaming(task, TapeloopSteps::new),
          Library.LIBTORCH, task -> new Streaming(task, LibtorchSteps::of),
          Library.ONNX_RUNTIME, task -> new Streaming(task, OnnxSteps::new)));

  private final Function<Task, Job> precise;
  private final Map<Library, Function<Task, Job>> jobs;

  Workload(Function<Task, Job> precise, Map<Library, Function<Task, Job>> jobs) {
    this.precise = precise;
    this.jobs = new EnumMap<>(jobs);
  }

  /** This project's first. */
  Set<Library> libraries() {
    return jobs.keySet();
  }

  /** The libraries that this project is compared with. */
  List<Library> peers() {
    return jobs.keySet().stream().filter(library -> library != Library.TAPELOOP).toList();
  }

  /** The job of a library, with the same numbers in each. */
  Job create(Library library, Task task) {
    Function<Task, Job> job = jobs.get(library);
    if (job == null) {
      throw new IllegalArgumentException(library.title() + " has no " + this + " here");
    }
    return job.apply(task);
  }

  /** The job in 64 bits, whose results those of the libraries should be. */
  Job precise(Task task) {
    return precise.apply(task);
  }
}
