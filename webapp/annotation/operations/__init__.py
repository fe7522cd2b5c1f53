"""Operations on whole labels: what may be asked (`parameters`), and pure functions on arrays that do it.

Arrays are (Z, Y, X) with the propagation axis first, spacings three lengths in mm in the same order. Only
`parameters` may be imported by the web process; the rest needs scipy and SimpleITK and belongs into workers.
"""
