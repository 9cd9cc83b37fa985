import numpy as np
import pytest
from PIL import Image

from explorer.ui.pictures import main


@pytest.mark.slow
def test_one_command_takes_all_pictures_of_the_documentation(qapp, tmp_path):
    folder = tmp_path / "docs" / "pictures"
    assert main([str(folder)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{what}-{theme}.png" for what in ("empty", "findings", "window") for theme in ("dark", "light")]
    for name in names:
        with Image.open(folder / name) as picture:
            corner = np.asarray(picture.convert("L"))[:8, :8]
        assert (corner.min() > 200) == ("light" in name)


def test_a_folder_has_to_be_named(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
