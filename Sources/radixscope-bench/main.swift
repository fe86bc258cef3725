print("radixscope-bench")
