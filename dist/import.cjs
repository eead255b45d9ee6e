'use strict';

require('./start.cjs')('import');
