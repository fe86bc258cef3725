print("radixscope")
